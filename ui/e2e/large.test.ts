// A trace of 20,000 spans: opens, scrolls, finds, and never draws more rows than fit.
import { expect, test } from 'vitest';
import { sendLarge } from './spans.ts';
import { standUp } from './world.ts';

const SPANS = 20_000;
let traceId = '';

const world = standUp(async (hopline) => {
  traceId = await sendLarge(hopline, SPANS);
});

test('20,000 spans open, scroll to the end, fold and are found', { timeout: 60_000 }, async () => {
  const page = await world.page();
  page.setDefaultTimeout(30_000);
  await page.goto(`/traces/${traceId}`);
  const grid = page.getByRole('treegrid', { name: 'Waterfall' });
  await grid.getByRole('row', { name: /^gateway, get \/everything/ }).waitFor();
  expect(await grid.getAttribute('aria-rowcount')).toBe(String(SPANS + 1));
  const drawn = () => page.locator('[data-hop]').count();
  expect(await drawn()).toBeLessThan(200);

  await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await page.locator(`[data-hop="${SPANS - 1}"]`).waitFor();
  expect(await drawn()).toBeLessThan(200);
  for (let part = 9; part >= 0; part--) {
    await grid.evaluate(
      (element, share) => element.scrollTo(0, element.scrollHeight * share),
      part / 10,
    );
    await expect.poll(drawn).toBeGreaterThan(10);
    expect(await drawn()).toBeLessThan(200);
  }

  await page.keyboard.press('/');
  await page.keyboard.type('step 15555');
  await page.getByText('– of 1', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('row', { name: /step 15555,/ }).waitFor();
  await page.locator('main button[aria-expanded]').filter({ hasText: 'Collapse' }).click();
  await page.getByRole('button', { name: 'Collapse all' }).click();
  await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('2');
});
