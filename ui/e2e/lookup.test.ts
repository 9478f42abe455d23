// Whoever holds an id finds its trace: in the palette, and by links of other tools.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { lone, sendSample } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

let sample: Awaited<ReturnType<typeof sendSample>>;

const world = standUp(async (hopline) => {
  sample = await sendSample(hopline);
});

async function palette(): Promise<Page> {
  const page = await world.page();
  await page.goto('/');
  await page.getByRole('list', { name: 'Traces found' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Look up an id' }).waitFor();
  return page;
}

const options = (page: Page, options?: Parameters<Page['getByRole']>[1]) =>
  page.getByRole('listbox', { name: 'Matches, best first' }).getByRole('option', options);

/** As a clipboard would give it: at once, and with its line breaks. */
const paste = (page: Page, text: string) => page.getByLabel('Id or log line').fill(text);

test('a trace id in capital letters', async () => {
  const page = await palette();
  await paste(page, sample.traceId.toUpperCase());
  await page.getByRole('option', { name: /web-frontend POST \/checkout/ }).waitFor();
  await page.keyboard.press('Enter');
  await expectAddress(page, `/traces/${sample.traceId}`);
});

test('a request id leads to the span that carries it', async () => {
  const page = await palette();
  await paste(page, sample.requestId);
  const match = options(page).first();
  await match.getByText('x-request-id').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/traces\/[0-9a-f]{32}\?span=/);
  expect(page.url()).toContain(sample.traceId);
});

test.each([
  [
    'Logback with a trace id',
    (id: string) =>
      `2026-03-14 03:07:42.118 ERROR [payment,${id},a2fb4a1d1a96d312] 1 --- c.a.Charge: POST /charge failed: 504`,
  ],
  ['key and value', (id: string) => `level=error msg="charge failed" trace_id=${id} status=504`],
  [
    'JSON',
    (id: string) => `{"level":"error","message":"charge failed","traceId":"${id}","status":504}`,
  ],
  [
    'a block of headers',
    (id: string) => `Host: shop.example\ntraceparent: 00-${id}-a2fb4a1d1a96d312-01\nAccept: */*`,
  ],
])('a pasted log line: %s', async (_, line) => {
  const page = await palette();
  await paste(page, line(sample.traceId));
  await options(page, { name: /web-frontend|payment/ })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === `/traces/${sample.traceId}`);
});

test('a log line with a request id in it', async () => {
  const page = await palette();
  await paste(page, `03:07:42 WARN orders request_id=${sample.requestId} retrying the charge`);
  await options(page).first().getByText('x-request-id').waitFor();
});

test('an id that is not there, and the way out', async () => {
  const page = await palette();
  await paste(page, 'feedfacefeedfacefeedfacefeedface');
  await page.getByText('Not here.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('several matches are chosen among with the arrows', async () => {
  const twice = { 'x-request-id': 'twice-7' };
  await world.hopline.zipkin([
    lone('one', 'first', 5, { tags: twice }),
    lone('two', 'second', 6, { tags: twice }),
  ]);
  const page = await palette();
  await paste(page, 'twice-7');
  await page.getByText('2 matches').waitFor();
  await page.keyboard.press('ArrowDown');
  const chosen = options(page, { selected: true });
  const operation = (await chosen.innerText()).includes('first') ? 'first' : 'second';
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: new RegExp(operation) }).waitFor();
});

test('a link with a single match goes straight to the trace', async () => {
  const page = await world.page();
  await page.goto(`/lookup?q=${sample.traceId}`);
  await expectAddress(page, `/traces/${sample.traceId}`);
});

test('a link with several matches, or none, is a page', async () => {
  const page = await world.page();
  await page.goto('/lookup?q=twice-7');
  await expect.poll(() => options(page).count()).toBe(2);
  await page.getByLabel('Id or log line').fill('nowhere-1');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByText('Not here.').waitFor();
  await expectAddress(page, '/lookup', { q: 'nowhere-1' });
});
