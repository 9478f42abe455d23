// What the first page costs on the wire, as a browser takes it from the real server.
import { expect, test } from 'vitest';
import { standUp } from './world.ts';

const world = standUp();

test('the first page is at most 250 KB', async () => {
  const page = await world.page();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const paths = new Map<string, string>();
  const sizes = new Map<string, number>();
  session.on('Network.responseReceived', ({ requestId, response }) => {
    paths.set(requestId, new URL(response.url).pathname);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    sizes.set(paths.get(requestId) ?? requestId, encodedDataLength);
  });
  await page.goto('/');
  await page.getByRole('tab', { name: 'curl' }).waitFor();
  await page.evaluate(() => document.fonts.ready);
  await expect.poll(() => [...sizes.keys()].some((path) => path.endsWith('.woff2'))).toBe(true);
  const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(all, JSON.stringify([...sizes])).toBeLessThan(250 * 1024);
  // Packed on the way: the largest script alone would be larger than all of it.
  const script = [...sizes].find(([path]) => /index-.*\.js$/.test(path))?.[1] ?? 0;
  expect(script).toBeGreaterThan(20_000);
  expect(script).toBeLessThan(170 * 1024);
});
