// Two traces beside each other, from the real server: the difference, where it lies, and the ways to it.
import { expect, test } from 'vitest';
import { twoTraces } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

let two = { a: '', b: '' };
const world = standUp(async (hopline) => {
  two = await twoTraces(hopline);
});

test('the difference in one number, and the hop that makes it', async () => {
  const page = await world.page();
  await page.goto(`/compare?a=${two.a}&b=${two.b}`);
  await page.getByText('+400\u00a0ms', { exact: true }).first().waitFor();
  const row = (name: RegExp) => page.getByRole('row', { name });
  expect(await row(/postgresql/).innerText()).toMatch(/Slower\s+430.ms\s+30.0.ms[\s\S]*\+/);
  expect(await row(/audit/).innerText()).toMatch(/Added[\s\S]*not there/);
  expect(
    await row(/^front get \//)
      .first()
      .innerText(),
  ).toContain('Slower below');
  await page.getByText(/postgresql .*makes \d+% of the difference/).waitFor();
});

test('turned round it is faster, and only differences may be shown', async () => {
  const page = await world.page();
  await page.goto(`/compare?a=${two.a}&b=${two.b}`);
  await page.getByRole('button', { name: 'Swap A and B' }).click();
  await expectAddress(page, '/compare', { a: two.b, b: two.a });
  await page.getByText('−400\u00a0ms', { exact: true }).first().waitFor();
  await page.goto(`/compare?a=${two.a}&b=${two.a}`);
  await page.getByRole('row').nth(1).waitFor();
  await page.getByRole('button', { name: 'Only differences' }).click();
  await page.getByText('Nothing differs by more than chance.').waitFor();
});

test('two results of a search are selected by keys and compared', async () => {
  const page = await world.page();
  await page.goto('/?service=front');
  const boxes = page.getByRole('checkbox', { name: /^Select / });
  await boxes.nth(1).waitFor();
  await boxes.nth(0).press('Space');
  await boxes.nth(1).press('Space');
  await page.getByRole('link', { name: 'Compare 2 selected' }).press('Enter');
  await page.getByRole('table').waitFor();
  await page.goBack();
  await page.getByRole('list', { name: 'Traces found' }).waitFor();
});

test('a trace that is not kept is named; ids can be pasted', async () => {
  const page = await world.page({ expected: /status of 404/ });
  await page.goto('/compare');
  await page.getByRole('textbox', { name: /^A/ }).fill(two.a);
  await page.getByRole('textbox', { name: /^B/ }).fill('00000000000000000000000000abcdef');
  await page.keyboard.press('Enter');
  await page.getByText(/abcdef is kept/).waitFor();
});

test('on a phone nothing sticks out', async () => {
  const page = await world.page({ viewport: { width: 390, height: 844 } });
  await page.goto(`/compare?a=${two.a}&b=${two.b}`);
  await page.getByRole('table').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(
    0,
  );
});
