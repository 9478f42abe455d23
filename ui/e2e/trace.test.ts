// The trace page: rows, panel, table, finding, keys, links to a span.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { sendSample, threeParts } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

let sample = { traceId: '' };
const parts = threeParts();
const small = parts[0]!.traceId;

const world = standUp(async (hopline) => {
  sample = await sendSample(hopline);
  await hopline.zipkin(parts);
});

const rows = (page: Page) => page.getByRole('treegrid').getByRole('row').locator('visible=true');
const row = (page: Page, name: RegExp | string) => page.getByRole('row', { name });
const panel = (page: Page) => page.getByRole('complementary', { name: 'Selected hop' });
const focused = (page: Page) => page.evaluate(() => document.activeElement?.ariaLabel ?? '');

async function openTrace(id: string, more = ''): Promise<Page> {
  const page = await world.page();
  await page.goto(`/traces/${id}${more}`);
  await page.getByRole('treegrid').waitFor();
  return page;
}

test('the header says what it was, how long it took, and that it is whole', async () => {
  const page = await openTrace(sample.traceId);
  await page
    .getByRole('heading', { level: 1, name: 'POST /checkout, web-frontend, 1.85 s' })
    .waitFor();
  const header = await page.getByRole('main').innerText();
  expect(header).toContain('Complete');
  expect(header).toMatch(/21 spans/);
  expect(header).toMatch(/3 errors/);
  expect(header).toContain(sample.traceId);
});

test('a row a hop: both halves of a call share it, and its name says what its bar draws', async () => {
  const page = await openTrace(small);
  await expect.poll(() => rows(page).count()).toBe(4);
  const names = await page
    .locator('[data-hop]')
    .evaluateAll((found) => found.map((element) => element.ariaLabel));
  expect(names).toEqual([
    'front, get /, total 120 ms, self 20.0 ms, on the critical path',
    'back, get /back, called by front, total 100 ms, self 40.0 ms, network 30.0 ms, on the critical path',
    'postgresql, select items, called by back, total 30.0 ms, on the critical path',
  ]);
});

test('the panel’s split adds up', async () => {
  const page = await openTrace(small);
  await row(page, /^back, get \/back/).click();
  const split = page.getByRole('region', { name: 'Where this hop’s time went' });
  expect((await split.locator('dl').innerText()).split(/\s*\n\s*/)).toEqual(
    ['Client total', '100 ms', '100%', 'Network', '30.0 ms', '30%', 'Server', '70.0 ms', '70%']
      .concat(['Self', '40.0 ms', '40%', 'Calls below', '30.0 ms', '30%'])
      .concat(['On the critical path', '70.0 ms', '70%']),
  );
});

test('of half a call the split is said to be unknown', async () => {
  const page = await openTrace(small);
  await row(page, /^postgresql, select items/).click();
  const split = page.getByRole('region', { name: 'Where this hop’s time went' });
  expect(await split.innerText()).toContain('Only one half of this call was received');
  expect(await split.innerText()).toMatch(/Network\s+–/);
});

test('tags, events, process and raw of both halves of a failed call', async () => {
  const page = await openTrace(sample.traceId);
  const failed = row(page, /^payment, POST \/charge.* error/);
  expect(await failed.innerText()).toContain('504');
  await failed.click();
  await panel(page).getByText('payment.currency').waitFor();
  expect(await panel(page).getByText('KRW').count()).toBe(1);
  await panel(page)
    .getByRole('tab', { name: /^Events/ })
    .click();
  await panel(page).getByText('card network did not answer').waitFor();
  await panel(page).getByText('1.04 s after the trace’s start').waitFor();
  await panel(page)
    .getByRole('tab', { name: /^Process/ })
    .click();
  await panel(page).getByText('hopline.sample').waitFor();
  await panel(page).getByText('1.4.2').waitFor();
  await panel(page).getByRole('button', { name: 'orders, calling' }).click();
  await panel(page)
    .getByRole('tab', { name: /^Attributes/ })
    .click();
  await panel(page).getByText('retry.count').waitFor();
  await panel(page).getByRole('tab', { name: 'Raw' }).click();
  await panel(page).locator('pre').getByText('"retry.count"').waitFor();
});

test('a tag leads to the traces that carry it', async () => {
  const page = await openTrace(sample.traceId);
  await row(page, /^orders, POST \/orders/).click();
  await panel(page).getByText('order.id', { exact: true }).hover();
  await panel(page).getByRole('link', { name: 'Search traces where order.id is this' }).click();
  const found = page.getByRole('list', { name: 'Traces found' }).getByRole('listitem');
  await found.first().waitFor();
  expect(await found.count()).toBe(1);
});

test('the critical path is switched off and on, and the address keeps it', async () => {
  const page = await openTrace(sample.traceId);
  const path = page.getByRole('button', { name: 'Critical path', exact: true });
  expect(await path.getAttribute('aria-pressed')).toBe('true');
  await path.click();
  await expectAddress(page, `/traces/${sample.traceId}`, { path: 'off' });
  await page.reload();
  expect(await path.getAttribute('aria-pressed')).toBe('false');
  await path.click();
  await expectAddress(page, `/traces/${sample.traceId}`);
});

test('the call tree: columns whose critical part adds up to the trace', async () => {
  const page = await openTrace(small);
  await page.getByRole('tab', { name: 'Call tree' }).click();
  await expectAddress(page, `/traces/${small}`, { view: 'tree' });
  const cells = await row(page, /^back, get \/back/)
    .getByRole('gridcell')
    .allInnerTexts();
  expect(cells.slice(1, 7)).toEqual(['1', '100 ms', '30.0 ms', '70.0 ms', '40.0 ms', '70.0 ms']);
  expect(cells[0]).toMatch(/front →\s*back/);
  await page.getByText('Critical adds up to 120 ms.').waitFor();
});

test('errors only, and the services that are shown', async () => {
  const page = await openTrace(sample.traceId);
  await page.getByRole('button', { name: /^Errors/ }).click();
  await expectAddress(page, `/traces/${sample.traceId}`, { only: 'error' });
  await page.getByText(/\d+ of 16 hops shown/).waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('button', { name: 'Services' }).click();
  await page
    .getByRole('group', { name: 'Services' })
    .getByRole('button', { name: /^email/ })
    .click();
  await expectAddress(page, `/traces/${sample.traceId}`, { svc: 'email' });
  await row(page, /^email/).waitFor();
  expect(await row(page, /^inventory/).count()).toBe(0);
});

test('finding counts the matches, Enter goes round them, F3 too', async () => {
  const page = await openTrace(sample.traceId);
  await row(page, /^web-frontend, POST/).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('select stock');
  await page.getByText('– of 6').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('1 of 6').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('2 of 6').waitFor();
  await page.keyboard.press('Shift+Enter');
  await page.getByText('1 of 6').waitFor();
  await page.keyboard.press('F3');
  await page.getByText('2 of 6').waitFor();
  // What was found in a group of calls that are alike opened it.
  await expectAddress(page, `/traces/${sample.traceId}`, { find: 'select stock', open: '1' });
});

test('by keyboard alone: into the rows, along them, folding, opening, closing', async () => {
  const page = await openTrace(sample.traceId);
  await row(page, /^web-frontend, POST/).waitFor();
  for (let tries = 0; tries < 30 && !(await focused(page)).includes(', total '); tries++)
    await page.keyboard.press('Tab');
  expect(await focused(page)).toMatch(/^web-frontend, POST \/checkout/);
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => focused(page)).toMatch(/^orders, POST \/orders/);
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => focused(page)).toMatch(/^inventory, POST \/reserve/);
  await page.keyboard.press('ArrowLeft');
  await expect
    .poll(() => row(page, /^inventory, POST \/reserve/).getAttribute('aria-expanded'))
    .toBe('false');
  await page.keyboard.press('ArrowRight');
  await expect
    .poll(() => row(page, /^inventory, POST \/reserve/).getAttribute('aria-expanded'))
    .toBe('true');
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => focused(page)).toMatch(/^postgresql, SELECT stock/);
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => focused(page)).toMatch(/^inventory, POST \/reserve/);
  await page.keyboard.press('Enter');
  await panel(page).waitFor();
  expect(new URL(page.url()).searchParams.get('span')).toMatch(/^[0-9a-f]{16}$/);
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'detached' });
  await expect.poll(() => focused(page)).toMatch(/^inventory, POST \/reserve/);
  await page.keyboard.press('End');
  await expect.poll(() => focused(page)).toMatch(/^web-frontend, render receipt/);
  await page.keyboard.press('Home');
  await expect.poll(() => focused(page)).toMatch(/^web-frontend, POST \/checkout/);
});

test('n goes to the errors, p hides the path, ? lists the keys', async () => {
  const page = await openTrace(sample.traceId);
  await row(page, /^web-frontend, POST/).waitFor();
  await page.keyboard.press('n');
  await expect.poll(() => focused(page)).toMatch(/^payment, POST \/charge.* error/);
  await page.keyboard.press('n');
  await expect.poll(() => focused(page)).toMatch(/^acme-pay, POST \/v1\/charges.* error/);
  await page.keyboard.press('N');
  await expect.poll(() => focused(page)).toMatch(/^payment, POST \/charge.* error/);
  await page.keyboard.press('p');
  await expectAddress(page, `/traces/${sample.traceId}`, { path: 'off' });
  await page.keyboard.press('3');
  await page.getByRole('treegrid', { name: 'Call tree' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a link to a span opens it, Back closes what was opened after', async () => {
  const answer = (await world.hopline.ask(`/api/hopline/traces/${sample.traceId}`)) as {
    spans: { spanId: string; service: string }[];
  };
  const email = answer.spans.find((span) => span.service === 'email');
  const page = await openTrace(sample.traceId, `?span=${email?.spanId}`);
  await panel(page).getByRole('heading', { name: 'email orders.created process' }).waitFor();
  await row(page, /^inventory, POST \/reserve/).click();
  await panel(page).getByRole('heading', { name: 'inventory POST /reserve' }).waitFor();
  await page.goBack();
  await panel(page).getByRole('heading', { name: 'email orders.created process' }).waitFor();
});

test.each([
  ['Zipkin', '/zipkin/traces/', '/zipkin/traces/'],
  ['Jaeger', '/trace/', '/traces/'],
])('an old address of %s leads to the trace', async (_, before, after) => {
  const page = await world.page();
  await page.goto(before + sample.traceId);
  await expectAddress(page, after + sample.traceId);
  await row(page, /^web-frontend, POST/).waitFor();
});

test('a trace that is not there is said not to be there', async () => {
  const page = await world.page({ expected: /status of 404/ });
  await page.goto('/traces/00000000000000000000000000abcdef');
  await page.getByRole('heading', { name: 'No trace with this id.' }).waitFor();
  await page.getByText('00000000000000000000000000abcdef').waitFor();
});

test('a trace that arrives while its page waits is shown', async () => {
  const late = threeParts();
  const page = await world.page({ expected: /status of 404/ });
  await page.goto(`/traces/${late[0]!.traceId}`);
  await page.getByRole('heading', { name: 'No trace with this id.' }).waitFor();
  await world.hopline.zipkin(late);
  await row(page, /^back, get \/back/).waitFor();
});

test('an address that has no page says so', async () => {
  const page = await world.page();
  await page.goto('/traces/');
  await page.getByRole('link', { name: 'Go to Search' }).click();
  await expectAddress(page, '/');
});
