// Working with what a search found: excluding, facets, groups, live tail, saved searches, files, the box by keyboard.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ago, lone } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

const world = standUp(async (hopline) => {
  await hopline.zipkin([
    ...[11, 12, 13].map((millis) =>
      lone('shop', 'get /', millis, { tags: { region: 'eu', 'http.method': 'GET' } }),
    ),
    ...[21, 22].map((millis) =>
      lone('shop', 'post /pay', millis, { tags: { region: 'us', 'http.method': 'POST' } }),
    ),
    lone('shop', 'post /pay', 900, { tags: { region: 'us', error: 'declined' } }),
    lone('billing', 'renew', 50, { tags: { region: 'eu' } }),
  ]);
});

const rows = (page: Page) => page.getByRole('list', { name: 'Traces found' }).getByRole('listitem');
const query = (page: Page) => page.getByRole('combobox', { name: 'Query' });
const expectRows = (page: Page, count: number) => expect.poll(() => rows(page).count()).toBe(count);

async function open(page: Page, address: string, count: number): Promise<void> {
  // What is counted comes with an answer of its own, and pushes down what stands below.
  const counted = page.waitForResponse(/\/search\/overview/);
  await page.goto(address);
  await expectRows(page, count);
  await counted;
}

test('what must not be is typed with a minus, is a chip, and can be changed', async () => {
  const page = await world.page();
  await open(page, '/', 7);
  await query(page).fill('-http.method=GET');
  await query(page).press('Enter');
  await expectRows(page, 4);
  await expectAddress(page, '/', { notTag: 'http.method=GET' });
  await query(page).fill('!service:billing status:ok');
  await query(page).press('Enter');
  await expectRows(page, 2);
  await expectAddress(page, '/', {
    notTag: 'http.method=GET',
    notService: 'billing',
    status: 'ok',
  });
  // Pressed, a chip is text again.
  await page.getByRole('button', { name: 'http.method is not GET', exact: true }).click();
  expect(await query(page).inputValue()).toBe('-http.method=GET');
  await query(page).fill('-region=us');
  await query(page).press('Enter');
  await expectRows(page, 3);
  await page.getByRole('button', { name: 'Remove status is OK' }).click();
  await page.getByRole('button', { name: 'Remove service is not billing' }).click();
  await expectRows(page, 4);
  await expectAddress(page, '/', { notTag: 'region=us' });
});

test('counts of what was found stand at each choice; each can be asked for or excluded', async () => {
  const page = await world.page();
  await open(page, '/', 7);
  const rail = page.getByRole('complementary', { name: 'Filters' });
  await rail.getByRole('radio', { name: /^shop\s*6$/ }).waitFor();
  await rail.getByRole('button', { name: 'Error 1' }).click();
  await expectRows(page, 1);
  await expectAddress(page, '/', { status: 'error' });
  await rail.getByRole('button', { name: 'Any', exact: true }).click();
  await rail.getByRole('button', { name: 'Exclude shop' }).click();
  await expectRows(page, 1);
  await expectAddress(page, '/', { notService: 'shop' });
  await page.goBack();
  await expectRows(page, 7);
  const region = rail.locator('details', { hasText: 'region' });
  await region.locator('summary').click();
  expect(await region.innerText()).toMatch(/eu\s+4[\s\S]*us\s+3/);
  await region.getByRole('button', { name: 'Exclude region=eu' }).click();
  await expectRows(page, 3);
  await expectAddress(page, '/', { notTag: 'region=eu' });
});

test('Alt and a press on a service in a row excludes it', async () => {
  const page = await world.page();
  await open(page, '/', 7);
  await rows(page)
    .filter({ hasText: 'renew' })
    .getByTitle('Only traces with billing')
    .click({ modifiers: ['Alt'] });
  await expectRows(page, 6);
  await expectAddress(page, '/', { notService: 'billing' });
});

test('keys and values of tags are completed, with how many traces have them', async () => {
  const page = await world.page();
  await open(page, '/', 7);
  await query(page).pressSequentially('reg');
  const key = page.getByRole('option', { name: 'region in 7 traces' });
  await key.click();
  expect(await query(page).inputValue()).toBe('region=');
  await page.getByRole('option', { name: 'us in 3 traces' }).click();
  await expectRows(page, 3);
  await expectAddress(page, '/', { tag: 'region=us' });
  await query(page).pressSequentially('-http.me');
  await page.getByRole('option', { name: 'http.method in 2 traces' }).click();
  await page.getByRole('option', { name: 'POST in 2 traces' }).click();
  await expectRows(page, 1);
  await expectAddress(page, '/', { tag: 'region=us', notTag: 'http.method=POST' });
});

test('groups come with count, errors and latency; the address holds them', async () => {
  const page = await world.page();
  await open(page, '/', 7);
  await page.getByLabel('Group by').selectOption('operation');
  const pay = page.getByRole('region', { name: 'shop post /pay' });
  await expect.poll(() => pay.getByRole('listitem').count()).toBe(3);
  expect(await pay.innerText()).toMatch(/3 traces\s+1 with errors\s+max 900 ms/);
  await expectAddress(page, '/', { group: 'operation' });
  await page.getByLabel('Group by').selectOption('tag:region');
  await page.getByRole('region', { name: 'eu' }).getByText('4 traces').waitFor();
  await page.getByLabel('Group by').selectOption('error');
  await page.getByRole('region', { name: 'shop declined' }).getByText('1 trace').waitFor();
  await page.getByRole('region', { name: 'no error' }).getByText('6 traces').waitFor();
  await page.reload();
  await page.getByRole('region', { name: 'no error' }).waitFor();
  await page.getByLabel('Group by').selectOption('');
  await expectRows(page, 7);
});

test('nothing found says how many there would be without each filter', async () => {
  const page = await world.page();
  await page.goto('/?service=billing&tag=region%3Dus');
  await page.getByText('No trace matches all 2 filters in this time.').waitFor();
  await expect
    .poll(() => page.getByRole('listitem').allInnerTexts())
    .toEqual(expect.arrayContaining(['Without service is billing: 3', 'Without region is us: 1']));
});

test('live tail holds back what comes, until it is asked for; paused it does not look', async () => {
  const page = await world.page();
  await page.clock.install();
  const now = (service: string, name: string) => lone(service, name, 5, { timestamp: ago(0) });
  await open(page, '/?service=shop', 6);
  await page.getByRole('button', { name: 'Live', exact: true }).click();
  await page.getByText(/^Live, looks every 2 s/).waitFor();
  await expectAddress(page, '/', { service: 'shop', live: '1' });
  await world.hopline.zipkin([now('shop', 'fresh'), now('other', 'fresh')]);
  const show = page.getByRole('button', { name: '1 new trace matches. Show it' });
  await show.waitFor();
  expect(await rows(page).count()).toBe(6);
  await show.click();
  await expectRows(page, 7);
  expect(await rows(page).first().textContent()).toContain('fresh');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused', { exact: true }).waitFor();
  let looks = 0;
  page.on('request', (request) => (looks += Number(request.url().includes('/hopline/search?'))));
  await world.hopline.zipkin([now('shop', 'fresher')]);
  await page.clock.fastForward(10_000);
  await page.getByText('Paused', { exact: true }).waitFor();
  expect(looks).toBe(0);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: '1 new trace matches. Show it' }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expectAddress(page, '/', { service: 'shop' });
});

test('a search is kept by a name, opened, renamed and deleted, also after a reload', async () => {
  const page = await world.page();
  await open(page, '/?service=billing', 1);
  const rail = page.getByRole('complementary', { name: 'Filters' });
  await rail.getByRole('button', { name: 'Save this search' }).click();
  const name = rail.getByLabel('Name of the search');
  expect(await name.inputValue()).toBe('service is billing');
  await name.fill('Renewals <b>');
  await name.press('Enter');
  await page.goto('/');
  await rail.getByRole('link', { name: 'Renewals <b>' }).click();
  await expectAddress(page, '/', { service: 'billing' });
  await rail.getByRole('button', { name: 'Rename Renewals <b>' }).click();
  await rail.getByLabel('Name of the search').fill('Bills');
  await page.keyboard.press('Enter');
  await page.reload();
  await rail.getByRole('button', { name: 'Delete Bills' }).click();
  await page.getByText('Deleted: Bills').waitFor();
  expect(await rail.getByRole('link', { name: 'Bills' }).count()).toBe(0);
});

test('where nothing can be stored a search is kept as long as the page', async () => {
  const page = await world.page();
  await page.addInitScript(() => {
    const refuse = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    Object.defineProperty(window, 'localStorage', { get: refuse });
  });
  await open(page, '/?service=billing', 1);
  const rail = page.getByRole('complementary', { name: 'Filters' });
  await rail.getByRole('button', { name: 'Save this search' }).click();
  await rail.getByLabel('Name of the search').press('Enter');
  await rail.getByRole('link', { name: 'service is billing' }).waitFor();
});

test('the list is saved as JSON and as CSV', async () => {
  const page = await world.page();
  await world.hopline.zipkin([lone('=sum(a)', '@odd, "name"', 5)]);
  await open(page, '/?service=%3Dsum(a)', 1);
  const save = async (choice: string) => {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: choice }).click(),
    ]);
    return {
      name: download.suggestedFilename(),
      text: await readFile(await download.path(), 'utf8'),
    };
  };
  const csv = await save('1 trace as CSV');
  expect(csv.name).toMatch(/^hopline-traces-\d{8}T\d{4}Z\.csv$/);
  expect(csv.text.split('\r\n')[1]).toMatch(
    /,5,'=sum\(a\),"'@odd, ""name""",1,0,,,'=sum\(a\),http/,
  );
  const json = JSON.parse((await save('1 trace as JSON')).text) as unknown;
  expect(json).toMatchObject([{ durationNano: 5e6, root: { service: '=sum(a)' } }]);
});

test('the box is put, moved, sized and asked for by keys alone', async () => {
  const page = await world.page();
  await open(page, '/?service=shop&operation=post+%2Fpay', 3);
  await page.keyboard.press('b');
  const box = page.getByRole('group', { name: /^Box: arrow keys/ });
  await expect.poll(() => box.evaluate((one) => one === document.activeElement)).toBe(true);
  // Over the whole chart: up and left, then as large as it goes.
  for (let at = 0; at < 60; at++) await page.keyboard.press('ArrowLeft');
  for (let at = 0; at < 20; at++) await page.keyboard.press('ArrowUp');
  for (let at = 0; at < 100; at++) await page.keyboard.press('Shift+ArrowRight');
  await page.getByText('1 trace in the box').waitFor();
  await page.keyboard.press('Enter');
  await expectRows(page, 1);
  expect(await rows(page).innerText()).toContain('900 ms');
  await page.goBack();
  await expectRows(page, 3);
  await page.keyboard.press('b');
  await box.waitFor();
  await page.keyboard.press('Escape');
  expect(await box.count()).toBe(0);
});

test('times are told in the zone of the reader or in UTC, and a range is typed in it', async () => {
  const page = await world.page();
  // 22:13:20 in UTC is 07:13:20 of the next day in Seoul.
  await page.goto('/?from=1700000000000&to=1700003600000');
  const range = page.getByRole('button', { name: /GMT\+9/ });
  await range.waitFor();
  expect(await range.textContent()).toContain('07:13 – 08:13');
  await range.click();
  await page.getByRole('button', { name: 'UTC', exact: true }).click();
  await page.getByRole('button', { name: /22:13 – 23:13 UTC/ }).waitFor();
  expect(await page.getByLabel('From').inputValue()).toBe('2023-11-14T22:13:20');
  await page.getByLabel('From').fill('2023-11-14T22:00:00');
  await page.getByRole('button', { name: 'Show this range (UTC)' }).click();
  await expectAddress(page, '/', { from: '1699999200000', to: '1700003600000' });
  await page.reload();
  await page.getByRole('button', { name: /22:00 – 23:13 UTC/ }).waitFor();
});

test('a box asks for whole traces, not for those with a span that would fit', async () => {
  const page = await world.page();
  const [whole, part] = [lone('deep', 'outer', 4000), lone('deep', 'inner', 100)];
  await world.hopline.zipkin([
    whole,
    { ...part, traceId: whole.traceId, parentId: whole.id },
    lone('deep', 'alone', 90),
  ]);
  await open(page, '/?service=deep', 2);
  await query(page).fill('trace<120ms trace>50ms');
  await query(page).press('Enter');
  await expectRows(page, 1);
  await expectAddress(page, '/', {
    service: 'deep',
    minTraceDuration: '50ms',
    maxTraceDuration: '120ms',
  });
  // The same numbers for any span find both.
  await page.getByRole('button', { name: 'Any span' }).click();
  await expectRows(page, 2);
  await expectAddress(page, '/', { service: 'deep', minDuration: '50ms', maxDuration: '120ms' });
});

test('x selects, c compares the two selected', async () => {
  const page = await world.page();
  await open(page, '/?service=shop&operation=post+%2Fpay', 3);
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByRole('link', { name: 'Compare 2 selected' }).waitFor();
  // Of more than two each is held against the shortest.
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByRole('button', { name: 'Compare 3 selected' }).click();
  await page.getByText('against post /pay, 21.0 ms').waitFor();
  expect(await page.getByRole('link', { name: /post \/pay 900 ms/ }).count()).toBe(1);
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByRole('link', { name: 'Compare 2 selected' }).waitFor();
  await page.keyboard.press('c');
  await expect.poll(() => new URL(page.url()).pathname).toBe('/compare');
});
