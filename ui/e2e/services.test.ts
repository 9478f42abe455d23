// The list of services and a service's page: what changed comes first, and everything leads to traces.
import { expect, test } from 'vitest';
import { madeUpLoads } from './loads.ts';
import { expectAddress, standUp } from './world.ts';

const world = standUp();

test('what fails more comes first, then what is slower; the head says how many', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/services');
  const rows = page.getByRole('row');
  await rows.nth(15).waitFor();
  await page.getByRole('heading', { name: '15 services' }).waitFor();
  const changes = await rows.locator('td:nth-child(2)').allInnerTexts();
  const places = ['Failing more', 'Slower than before', ''].map((words) => changes.indexOf(words));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBe(0);
  await page.getByText('than in the same time before').waitFor();
});

test('the list is filtered and sorted by keys alone, and a service opened', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/services?from=-6h');
  await page.getByRole('row').nth(15).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('pa');
  await expectAddress(page, '/services', { from: '-6h', find: 'pa' });
  await page.getByRole('button', { name: 'Service' }).press('Enter');
  await expectAddress(page, '/services', { from: '-6h', find: 'pa', sort: 'name' });
  expect(await page.getByRole('row').getByRole('link').allInnerTexts()).toEqual([
    'acme-pay',
    'payment',
  ]);
  await page.getByRole('link', { name: 'payment' }).press('Enter');
  await expectAddress(page, '/services/payment', { from: '-6h' });
});

test('a service: since when, which operation, whose fault, and traces', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/services/payment');
  await page.getByText(/^Errors up since \d\d:\d\d$/).waitFor();
  await page.getByRole('img', { name: /^Latency over time.*risen since/ }).waitFor();
  const callee = page.getByRole('row', { name: /acme-pay/ });
  await callee.getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: 'acme-pay' }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'All failing traces' }).click();
  await expectAddress(page, '/', { service: 'payment', tag: 'error' });
  await page.goBack();
  await page.getByText('Show as table').click();
  await page.getByRole('region', { name: 'Show as table' }).getByRole('row').nth(60).waitFor();
});

test('a server that does not count says so, and the page asks again when told to', async () => {
  const page = await world.page({ expected: /status of 503/ });
  let answers = 0;
  await madeUpLoads(page);
  await page.route(/api\/hopline\/services\?/, (route) =>
    answers++ < 5 ? route.fulfill({ status: 503, json: { error: 'busy' } }) : route.fallback(),
  );
  await page.goto('/services');
  await page.getByRole('button', { name: 'Try now' }).click({ timeout: 20_000 });
  await page.getByRole('row').nth(15).waitFor();
});

test('on a phone nothing sticks out of either page', async () => {
  const page = await world.page({ viewport: { width: 390, height: 844 } });
  await madeUpLoads(page);
  for (const path of ['/services', '/services/payment']) {
    await page.goto(path);
    await page.getByRole('table').first().waitFor();
    const wider = () =>
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(await wider()).toBe(0);
  }
});
