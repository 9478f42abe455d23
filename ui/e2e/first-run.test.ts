// An empty store: what it says, and how it comes to life.
import { expect, test } from 'vitest';
import { lone } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

const world = standUp();

// The order matters: the store is empty only once.
test('the page of an empty store changes by itself when the first span arrives', async () => {
  const page = await world.page();
  await page.goto('/');
  await page.getByText('No spans have arrived yet').waitFor();
  const snippet = page.getByRole('tabpanel', { name: 'curl' });
  expect(await snippet.textContent()).toContain(`${world.hopline.url}/api/v2/spans`);
  await page.getByRole('tab', { name: 'curl' }).press('ArrowRight');
  expect(await page.getByRole('tabpanel', { name: 'Python' }).textContent()).toContain(
    `${world.hopline.url}/v1/traces`,
  );

  await world.hopline.zipkin([lone('my-first-service', 'hello', 1.5)]);
  const row = page.getByRole('list', { name: 'Traces found' }).getByRole('listitem');
  await row.getByRole('link', { name: 'my-first-service hello' }).waitFor();
  expect(await row.count()).toBe(1);
  await page.getByText('No spans have arrived yet').waitFor({ state: 'detached' });
});

test('the sample goes through both doors and opens with its hops', async () => {
  const page = await world.page();
  // The window offers it only while the store is empty.
  await page.route('**/api/v2/services', (route) => route.fulfill({ json: [] }));
  const doors: string[] = [];
  page.on('response', (response) => {
    if (response.request().method() === 'POST')
      doors.push(`${new URL(response.url()).pathname} ${response.status()}`);
  });
  await page.goto('/');
  await page.getByRole('button', { name: 'Load a sample trace' }).click();
  await page.waitForURL(/\/traces\/[0-9a-f]{32}$/);
  const grid = page.getByRole('treegrid', { name: 'Waterfall' });
  await grid.getByRole('row', { name: /^web-frontend, POST \/checkout, total 1\.85 s/ }).waitFor();
  // A call whose halves came through different doors is one hop.
  await grid
    .getByRole('row', { name: /^payment, POST \/charge, called by orders, .*network 11\.0 ms/ })
    .waitFor();
  expect(doors.sort()).toEqual(['/api/v2/spans 202', '/v1/traces 200']);
  await page.getByRole('link', { name: 'Search', exact: true }).first().click();
  await expectAddress(page, '/');
});
