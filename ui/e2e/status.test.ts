// The status page against the real server: who sends, what was refused and why, and how much is kept.
import { expect, test } from 'vitest';
import { lone, refuse } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

const world = standUp(
  async (hopline) => {
    await hopline.zipkin([lone('shop', 'kept', 5)]);
  },
  { startedWith: () => ({ flags: ['--retention', '3d', '--max-disk', '2GiB'] }) },
);

test('first that nothing is lost; then, when a span is refused, by whom and why', async () => {
  const page = await world.page();
  await page.goto('/status');
  await page.getByText('Nothing was refused since the start').waitFor();
  await refuse(world.hopline);
  // It asks by itself.
  const alert = page.getByRole('note');
  await alert.waitFor();
  expect(await alert.innerText()).toMatch(/from node.*id/is);
  await page.getByRole('tab', { name: /Refused/ }).click();
  await expectAddress(page, '/status', { tab: 'refused' });
  const row = page.getByRole('row', { name: /invalid_id/ });
  expect(await row.innerText()).toContain('1 span');
  expect(await row.innerText()).toContain('how the program makes');
  await page.goBack();
  await page.getByRole('tab', { name: /Senders/, selected: true }).waitFor();
});

test('who sends: program, services, format, and what is kept', async () => {
  const page = await world.page();
  await page.goto('/status');
  const row = page.getByRole('row', { name: /^node/ });
  await row.waitFor();
  expect(await row.innerText()).toMatch(/shop[\s\S]*zipkin_json http/);
  const oldest = page.getByRole('definition').filter({ hasText: 'kept for' });
  expect(await oldest.innerText()).toContain('kept for 3 days');
  await page.getByText('of 2.00\u00a0GiB allowed').waitFor();
});

test('by keys alone: to the page, along its tabs', async () => {
  const page = await world.page();
  await page.goto('/');
  await page.getByRole('link', { name: 'Hopline' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.getByRole('tab', { name: /Senders/ }).focus();
  await page.keyboard.press('ArrowLeft');
  await expectAddress(page, '/status', { tab: 'store' });
  await page.getByText('Writes that failed').waitFor();
});

test('on a phone the pages are in a menu, and nothing sticks out', async () => {
  const page = await world.page({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await page.goto('/');
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('link', { name: 'Status' }).tap();
  await page.getByRole('table').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(
    0,
  );
});
