// Two traces beside each other, from the real server: the difference, where it lies, and the ways to it.
import { expect, test } from 'vitest';
import { madeUpLoads } from './loads.ts';
import { twoGroups, twoTraces } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

let two = { a: '', b: '' };
const world = standUp(async (hopline) => {
  two = await twoTraces(hopline);
  await twoGroups(hopline);
});
const RED = 'service=front&tag=red&from=-1h&to=now';
const BLUE = 'service=front&tag=blue&from=-1h&to=now';

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

test('two groups: what differs by more than chance, in one number and hop by hop', async () => {
  const page = await world.page();
  await page.goto(`/compare?${new URLSearchParams({ a: RED, b: BLUE })}`);
  await page.getByText('+400\u00a0ms', { exact: true }).first().waitFor();
  await page.getByText(/postgresql .*makes \d+% of the difference/).waitFor();
  await page.getByText('A fails more.').waitFor();
  const row = (name: RegExp) => page.getByRole('row', { name });
  expect(await row(/^postgresql/).innerText()).toMatch(/Slower[\s\S]*More calls/);
  expect(await row(/^audit/).innerText()).toMatch(/Added[\s\S]*not there/);
  expect(await row(/^front/).innerText()).toMatch(/Slower below[\s\S]*Fails more[\s\S]*50%/);
  // Turned round it is the other way round.
  await page.getByRole('button', { name: 'Swap A and B' }).click();
  await expectAddress(page, '/compare', { a: BLUE, b: RED });
  await page.getByText('−400\u00a0ms', { exact: true }).first().waitFor();
  expect(await row(/^audit/).innerText()).toContain('Missing');
  await page.getByRole('button', { name: 'Side by side' }).press('Enter');
  await page.getByRole('columnheader', { name: 'A', exact: true }).waitFor();
  // A link leads to the traces of a group.
  await page.getByRole('region', { name: 'A' }).getByRole('link', { name: 'Last 1 hour' }).click();
  await expectAddress(page, '/', { service: 'front', tag: 'blue', limit: '100' });
});

test('a group against itself does not differ, and few traces tell nothing', async () => {
  const page = await world.page();
  await page.goto(`/compare?${new URLSearchParams({ a: RED, b: RED, only: 'diff' })}`);
  await page.getByText('Nothing differs by more than chance.').waitFor();
  await page.goto(`/compare?${new URLSearchParams({ a: `${two.a},${two.b}`, b: BLUE })}`);
  await page.getByText('Too few traces to tell.', { exact: true }).waitFor();
  await page.getByText('Chosen traces').waitFor();
});

test('by keys alone: two groups are asked for, the second made of the first', async () => {
  const page = await world.page();
  await page.goto('/compare');
  await page.getByRole('button', { name: 'Two groups' }).press('Enter');
  await expectAddress(page, '/compare', { of: 'groups' });
  // The form changes a moment after the address.
  const fields = page.getByRole('group', { name: /^A/ }).getByRole('combobox');
  await fields.first().waitFor();
  await page.keyboard.press('/');
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('role')))
    .toBe('combobox');
  await page.keyboard.type('fron');
  await page.getByRole('option', { name: 'front' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'failing (A) against fine (B)' }).press('Enter');
  await page.getByRole('button', { name: 'Compare', exact: true }).press('Enter');
  const search = 'service=front&from=-1h&to=now&error=';
  await expectAddress(page, '/compare', { a: `${search}true`, b: `${search}none` });
  await page.getByText('A fails more.').waitFor();
  await page.getByRole('region', { name: 'A' }).getByRole('button', { name: 'Change A' }).click();
  await page.getByRole('group', { name: /^A/ }).getByRole('combobox').first().waitFor();
  await page.goBack();
  await page.getByText('A fails more.').waitFor();
});

test('a service is compared with the time before, from its page', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/services/front?from=-15m');
  await page.getByRole('button', { name: 'Compare' }).press('Enter');
  await page.getByRole('link', { name: 'With the same length of time before' }).press('Enter');
  await expectAddress(page, '/compare', {
    a: 'service=front&from=-15m&to=now',
    b: 'service=front&from=-30m&to=-15m',
  });
  await page.getByText('Too few traces to tell.', { exact: true }).waitFor();
});

test('on a phone nothing sticks out', async () => {
  const page = await world.page({ viewport: { width: 390, height: 844 } });
  await page.goto(`/compare?a=${two.a}&b=${two.b}`);
  await page.getByRole('table').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(
    0,
  );
});
