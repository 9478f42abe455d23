// The other views of a trace, by pointer and by keyboard, and what a server tells beyond the hops.
import { expect, test } from 'vitest';
import { sendSample } from './spans.ts';
import { TOLD, tellOf } from './told.ts';
import { expectAddress, standUp } from './world.ts';

let traceId = '';
const world = standUp(async (hopline) => {
  traceId = (await sendSample(hopline)).traceId;
});

test('the keys 1 to 6 choose the views, and the address keeps the choice', async () => {
  const page = await world.page();
  await page.goto(`/traces/${traceId}`);
  await page.getByRole('treegrid').waitFor();
  const keys = { 2: 'flame', 3: 'tree', 4: 'table', 5: 'graph', 6: 'raw' };
  for (const [key, view] of Object.entries(keys)) {
    await page.keyboard.press(key);
    await expectAddress(page, `/traces/${traceId}`, { view });
  }
  await page.keyboard.press('1');
  await expectAddress(page, `/traces/${traceId}`);
  await page.goBack();
  await expectAddress(page, `/traces/${traceId}`, { view: 'raw' });
});

test('the flame graph is walked with the arrow keys, Enter opens the hop', async () => {
  const page = await world.page();
  await page.goto(`/traces/${traceId}?view=flame`);
  const flame = page.getByRole('application', { name: /^Flame graph of 16 hops/ });
  await flame.focus();
  const said = flame.getByRole('status');
  await expect.poll(() => said.innerText()).toMatch(/^web-frontend, POST \/checkout, 1.85 s/);
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => said.innerText()).toMatch(/^orders, POST \/orders/);
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => said.innerText()).toMatch(/^inventory, POST \/reserve/);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => said.innerText()).toMatch(/^payment, POST \/charge/);
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => said.innerText()).toMatch(/^orders/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'orders POST /orders' }).waitFor();
});

test('where the time went adds up to the trace', async () => {
  const page = await world.page();
  await page.goto(`/traces/${traceId}?view=flame`);
  await page.getByRole('heading', { name: 'Where the 1.85 s went' }).waitFor();
  expect(await page.getByRole('row').count()).toBeGreaterThan(4);
});

test('the table sorts by what is pressed, and its row leads to the hops', async () => {
  const page = await world.page();
  await page.goto(`/traces/${traceId}?view=table`);
  const head = page.getByRole('columnheader', { name: /^Calls/ });
  await head.getByRole('button').click();
  expect(await head.getAttribute('aria-sort')).toBe('descending');
  const first = page.getByRole('row').nth(1);
  expect(await first.innerText()).toMatch(/postgresql\s+SELECT stock/);
  await head.getByRole('button').click();
  expect(await head.getAttribute('aria-sort')).toBe('ascending');
  await page.getByRole('button', { name: /^email/ }).click();
  await expectAddress(page, `/traces/${traceId}`, { svc: 'email' });
});

test('the graph names its services and says the same in a table', async () => {
  const page = await world.page();
  await page.goto(`/traces/${traceId}?view=graph`);
  await page.getByRole('img', { name: /^\d+ services, \d+ lines between them/ }).waitFor();
  await page.getByRole('row', { name: /payment\s+acme-pay/ }).waitFor();
});

test('the raw text is the answer of the server in each format', async () => {
  const page = await world.page();
  // The very answers that the page got: where a hop stands among its peers moves with every span.
  const answers = new Map<string, Promise<string>>();
  page.on('response', (answer) => {
    if (answer.request().resourceType() === 'fetch') answers.set(answer.url(), answer.text());
  });
  await page.goto(`/traces/${traceId}?view=raw`);
  const paths = {
    Zipkin: `/api/v2/trace/${traceId}`,
    OTLP: `/api/hopline/traces/${traceId}?format=otlp`,
    Hopline: `/api/hopline/traces/${traceId}`,
  };
  for (const [name, path] of Object.entries(paths)) {
    await page.getByRole('button', { name, exact: true }).click();
    const text = page.getByRole('region', { name });
    await text.getByText('{').first().waitFor();
    const answer = await answers.get(world.hopline.url + path);
    expect(JSON.parse(await text.innerText())).toEqual(JSON.parse(answer ?? 'null'));
    const link = page.getByRole('link', { name: `Download as ${name}` });
    expect(await link.getAttribute('href')).toBe(world.hopline.url + path);
  }
});

test('repeated calls share a row until it is opened', async () => {
  const page = await world.page();
  await tellOf(page);
  await page.goto(`/traces/${TOLD}`);
  const loop = page.getByRole('row', { name: /^postgresql, SELECT stock.*24 calls in one row/ });
  await loop.waitFor();
  expect(await loop.getAttribute('aria-expanded')).toBe('false');
  await loop.focus();
  const calls = page.getByRole('row', { name: /^postgresql, SELECT stock/ });
  expect(await calls.count()).toBe(1);
  await page.getByRole('button', { name: '×24, show all calls' }).click();
  await expect.poll(() => calls.count()).toBeGreaterThan(5);
  expect(new URL(page.url()).searchParams.get('open')).toBe('0');
  await page.getByRole('button', { name: '×24, fold into one row' }).click();
  await expect.poll(() => calls.count()).toBe(1);
});

test('why slow: causes lead to their spans; percentiles stand with trace, row and panel', async () => {
  const page = await world.page();
  await tellOf(page);
  await page.goto(`/traces/${TOLD}`);
  await page.getByText('p99.6 · 9.8× the median of 246 ms').waitFor();
  const band = page.getByRole('region', { name: 'Why slow' });
  expect(await band.getByRole('listitem').count()).toBe(3);
  await band.getByRole('button', { name: '2 more' }).click();
  expect(await band.getByRole('listitem').count()).toBe(5);
  // A kind that the window does not know yet is said in the server's words.
  await band.getByText('unheard-of of the fixtures').waitFor();
  await band.getByRole('button', { name: /payment POST \/charge was slow/ }).click();
  const panel = page.getByRole('complementary', { name: 'Selected hop' });
  await panel.getByText('Against the same call, last 24 hours').waitFor();
  await panel.getByText('p99.6 · 12×').waitFor();
  expect(await page.getByRole('row', { name: /^payment, POST.*12× its median/ }).count()).toBe(1);
});

test('links in both directions, messages of other traces, logs without their span', async () => {
  const page = await world.page();
  await tellOf(page);
  await page.goto(`/traces/${TOLD}`);
  await page.getByRole('button', { name: 'Linked from 1 span' }).click();
  const far = page.getByRole('link', { name: /^c0ffee0{24}01/ });
  expect(await far.getAttribute('href')).toContain('?span=00000000000000aa');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '1 log without its span' }).click();
  await page.getByText('stock did not answer').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: /^web-frontend, POST/ }).click();
  const links = page.getByRole('tab', { name: /^Links/ });
  await links.click();
  await page.getByRole('heading', { name: 'Linked from' }).waitFor();
  await page.getByRole('row', { name: /^email/ }).click();
  await links.click();
  await page.getByText('40.0 ms in the queue').waitFor();
});

test('what the server tells in names of others is text as well', async () => {
  const page = await world.page();
  await tellOf(page, '<img src=x onerror=alert(1)>');
  await page.goto(`/traces/${TOLD}`);
  await page.getByRole('region', { name: 'Why slow' }).getByText('<img src=x').first().waitFor();
  await page.getByRole('button', { name: 'Linked from 1 span' }).click();
  await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
  for (const view of ['flame', 'table', 'graph']) {
    await page.goto(`/traces/${TOLD}?view=${view}`);
    await page.getByRole('table').waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
  }
});
