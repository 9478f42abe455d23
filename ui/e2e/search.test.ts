// Searching: every filter, the address bar, the list and the chart.
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { frameOf, xOf, yOf } from '../src/trace/scatter.ts';
import { lone, sendSample, threeParts } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

const FAILED = { error: 'card declined', 'http.status_code': '402' };

const world = standUp(async (hopline) => {
  await hopline.zipkin([
    lone('shop', 'get /', 20),
    lone('shop', 'get /cart', 200, { tags: { environment: 'prod', 'user.id': 'u 7' } }),
    lone('shop', 'post /pay', 2000, { tags: FAILED }),
    lone('billing', 'renew', 50, { tags: { environment: 'prod' } }),
    ...threeParts(),
  ]);
});

const rows = (page: Page) => page.getByRole('list', { name: 'Traces found' }).getByRole('listitem');
const query = (page: Page) => page.getByRole('combobox', { name: 'Query' });
const expectRows = (page: Page, count: number) => expect.poll(() => rows(page).count()).toBe(count);

test('everything is found at first, the newest on top, with its numbers', async () => {
  const page = await world.page();
  await page.goto('/');
  await expectRows(page, 5);
  expect(await page.getByText('5 traces').first().textContent()).toContain('5 traces');
  await page.getByText('1 with errors').waitFor();
  const first = rows(page).first();
  expect(await first.innerText()).toMatch(/front\s+get \/[\s\S]*120 ms/);
  expect(await first.getByRole('button').allInnerTexts()).toEqual(
    expect.arrayContaining([expect.stringMatching(/^back\s*2$/)]),
  );
  const failed = rows(page).filter({ hasText: 'post /pay' });
  expect(await failed.innerText()).toMatch(/card declined|402/);
  expect(await failed.innerText()).toContain('from shop');
  expect(await failed.innerText()).toContain('2.00 s');
});

test('what the first look loads is small', async () => {
  const page = await world.page();
  await page.goto('/');
  await expectRows(page, 5);
  const loaded = await page.evaluate(async () => {
    const names = performance.getEntriesByType('resource').map((entry) => entry.name);
    const files = names.filter((name) => !name.includes('/api/') && !name.endsWith('.woff2'));
    return Promise.all(files.map(async (name) => (await fetch(name)).text()));
  });
  // As builds tell it: gzip with its usual effort; the letters are compressed already.
  const kilobytes = loaded.reduce((sum, text) => sum + gzipSync(text).length / 1024, 0) + 48;
  expect(kilobytes).toBeGreaterThan(100);
  expect(kilobytes).toBeLessThanOrEqual(250);
});

test('by service and operation, chosen in the rail', async () => {
  const page = await world.page();
  await page.goto('/');
  await page.getByRole('radio', { name: /^shop/ }).click();
  await expectRows(page, 3);
  await expectAddress(page, '/', { service: 'shop' });
  await page.getByRole('radio', { name: 'get /cart' }).click();
  await expectRows(page, 1);
  await expectAddress(page, '/', { service: 'shop', operation: 'get /cart' });
});

test('by tag, duration and text typed into the query', async () => {
  const page = await world.page();
  await page.goto('/');
  await query(page).fill('environment=prod');
  await query(page).press('Enter');
  await expectRows(page, 2);
  await query(page).fill('duration>100ms');
  await query(page).press('Enter');
  await expectRows(page, 1);
  await expectAddress(page, '/', { tag: 'environment=prod', minDuration: '100ms' });
  await page.getByRole('button', { name: 'Remove environment is prod' }).click();
  await expectRows(page, 3);
  await query(page).fill('"user.id=u 7"');
  await query(page).press('Enter');
  await expectRows(page, 1);
});

test('suggestions are taken with the keyboard', async () => {
  const page = await world.page();
  await page.goto('/');
  await expectRows(page, 5);
  await page.keyboard.press('/');
  await page.keyboard.type('bill');
  await page.getByRole('option', { name: 'billing' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expectAddress(page, '/', { service: 'billing' });
  await expectRows(page, 1);
  await page.keyboard.press('Backspace');
  await expectAddress(page, '/');
});

test('a list that was cut says so and goes on, a list that is whole says so', async () => {
  const page = await world.page();
  await page.goto('/?service=shop&limit=2');
  await expectRows(page, 2);
  await page.getByText('3 traces', { exact: true }).waitFor();
  await page.getByText('2 listed').waitFor();
  await page.getByRole('button', { name: 'Show more' }).click();
  await expectRows(page, 3);
  await page.getByText('That is all.').waitFor();
  const ids = await rows(page)
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  expect(new Set(ids).size).toBe(3);
  await page.goto('/?service=shop&limit=3');
  await expectRows(page, 3);
  await page.getByText('All of them counted, nothing cut').waitFor();
  await page.getByText('That is all.').waitFor();
});

test('more than can be counted says so', async () => {
  const page = await world.page();
  // The server counts a thousand; here it is told to count two.
  await page.route('**/api/hopline/search/overview?*', (route) =>
    route.continue({ url: `${route.request().url()}&limit=2` }),
  );
  await page.goto('/?service=shop&limit=2');
  await page.getByText('Showing the newest 2 traces.').waitFor();
  await page.getByText('The newest 2 of more').waitFor();
});

test('a mistake is said, and the text stays', async () => {
  const page = await world.page();
  await page.goto('/?minDuration=fast');
  await page.getByText('The query has a mistake at “fast”.').waitFor();
  await page.getByRole('button', { name: 'Remove duration over fast' }).waitFor();
});

test('nothing found says what was searched, and offers wider questions', async () => {
  const page = await world.page();
  await page.goto('/?service=shop&tag=environment%3Dmoon');
  await page.getByText('No trace matches all 2 filters in this time.').waitFor();
  await page.getByRole('button', { name: /^Without .*environment/ }).click();
  await expectRows(page, 3);
});

test('the address bar holds the whole question, and Back goes back', async () => {
  const page = await world.page();
  const asked = { service: 'shop', tag: 'error', minDuration: '1s', from: '-24h', sort: 'longest' };
  await page.goto(`/?${new URLSearchParams(asked)}`);
  await expectRows(page, 1);
  await expectAddress(page, '/', asked);
  await page.getByRole('button', { name: 'Remove has tag error' }).click();
  await expectRows(page, 1);
  await page.getByRole('button', { name: 'Remove duration over 1s' }).click();
  await expectRows(page, 3);
  await page.goBack();
  await page.goBack();
  await expectAddress(page, '/', asked);
  await expectRows(page, 1);
  await rows(page).getByRole('link').click();
  await page.getByRole('treegrid').waitFor();
  await page.goBack();
  await expectRows(page, 1);
  await expectAddress(page, '/', asked);
});

test('sorting is the longest first when asked for', async () => {
  const page = await world.page();
  await page.goto('/');
  await expectRows(page, 5);
  await page.getByLabel('Sort').selectOption('longest');
  await expect.poll(() => rows(page).first().innerText()).toContain('2.00 s');
  await expectAddress(page, '/', { sort: 'longest' });
});

test('j and k walk the list, Enter opens, and a chip filters', async () => {
  const page = await world.page();
  await page.goto('/');
  await expectRows(page, 5);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'get /, front, 120 ms' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expectRows(page, 5);
  await page.getByTitle('Only traces with postgresql').click();
  await expectAddress(page, '/', { service: 'postgresql' });
});

test('a click on a dot of the chart opens its trace, a box filters', async () => {
  const page = await world.page();
  const range = { from: String(Date.now() - 600_000), to: String(Date.now()) };
  await page.goto(`/?${new URLSearchParams({ ...range, service: 'shop' })}`);
  await expectRows(page, 3);
  const chart = page.getByRole('img', {
    name: /^3 traces, 1 with errors, from 20\.0 ms to 2\.00 s/,
  });
  const size = await chart.boundingBox();
  if (!size) throw new Error('the chart is not drawn');
  const answer = (await world.hopline.ask(
    `/api/hopline/search?${new URLSearchParams({ ...range, service: 'shop' })}`,
  )) as { traces: { traceId: string; startTimeUnixNano: string; durationNano: number }[] };
  const slowest = answer.traces.find((trace) => trace.durationNano === 2e9);
  if (!slowest) throw new Error('the slow trace was not found');
  // The chart's own arithmetic tells where the dot lies.
  const searched = { from: Number(range.from), to: Number(range.to) };
  const lengths = answer.traces.map(({ durationNano }) => ({ durationNano }) as never);
  const frame = frameOf(lengths, searched, size.width - 76 - 150, size.height - 34);
  const x = 64 + xOf(Number(slowest.startTimeUnixNano) / 1e6, frame);
  const y = 10 + yOf(slowest.durationNano, frame);
  await page.mouse.move(size.x + x - 30, size.y + y - 8);
  await page.mouse.down();
  await page.mouse.move(size.x + x + 30, size.y + y + 12, { steps: 4 });
  await page.mouse.up();
  await page.getByText('1 trace in the box').waitFor();
  await page.getByRole('button', { name: 'Filter to these' }).click();
  await expectRows(page, 1);
  await page.goBack();
  await expectRows(page, 3);
  await chart.click({ position: { x, y } });
  await expectAddress(page, `/traces/${slowest.traceId}`);
});

test('asking again finds what has arrived since', async () => {
  const page = await world.page();
  await page.goto('/?service=latecomer');
  await page.getByText('No trace matches the filter in this time.').waitFor();
  const { traceId } = await sendSample(world.hopline);
  await world.hopline.zipkin([lone('latecomer', 'hello', 5)]);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expectRows(page, 1);
  expect(traceId).toHaveLength(32);
});

test.each([
  [
    'Zipkin’s search',
    '/zipkin/?serviceName=shop&spanName=get%20%2Fcart&annotationQuery=environment%3Dprod&minDuration=150000&lookback=15m&limit=20',
    '/zipkin/',
    {
      service: 'shop',
      operation: 'get /cart',
      tag: 'environment=prod',
      minDuration: '150ms',
      from: '-15m',
      limit: '20',
    },
  ],
  ['no trailing slash', '/zipkin?serviceName=shop', '/zipkin/', { service: 'shop' }],
] as const)('a bookmark of %s', async (_, old, path, keys) => {
  const page = await world.page();
  await page.goto(old);
  await expectAddress(page, path, { ...keys });
  await rows(page).first().waitFor();
});
