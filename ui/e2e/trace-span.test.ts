// What is asked of the server when somebody looks: spans of a large trace, their texts, their logs; and finding by
// somebody who types fast.
import { expect, test } from 'vitest';
import { ago, lone, newId, sendLarge, sendSample } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

const SPANS = 6_000;
const LOGS = 'Logs=https://logs.example/?t={traceId}&s={spanId}';
let large = '';
let sample: Awaited<ReturnType<typeof sendSample>>;
/** Of the large trace: its attributes are on the server until somebody looks. */
const needle = lone('needle', 'hidden', 3, {
  tags: { 'order.id': 'ord-4711', 'http.url': 'https://shop.example/orders/4711' },
  annotations: [{ timestamp: ago(110), value: 'cache missed' }],
  timestamp: ago(110),
});

const world = standUp(
  async (hopline) => {
    large = await sendLarge(hopline, SPANS);
    await hopline.zipkin([{ ...needle, traceId: large, parentId: newId(8) }]);
    sample = await sendSample(hopline);
  },
  { startedWith: () => ({ flags: ['--log-links', LOGS] }) },
);

test('a large trace comes without its spans, and the panel has all of the one that is opened', async () => {
  const page = await world.page();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const answer = page.waitForResponse((response) => response.url().includes('?hops=fitting'));
  await page.goto(`/traces/${large}`);
  const told = (await (await answer).json()) as Record<string, unknown>;
  expect(Object.keys(told)).toContain('hopColumns');
  expect(Object.keys(told)).not.toContain('spans');
  await page.getByRole('treegrid').waitFor();
  expect(asked.filter((path) => path.includes('/spans'))).toEqual([]);
  // What an attribute holds is found where it is.
  await page.keyboard.press('/');
  await page.keyboard.type('ORD-4711');
  await page.getByText('– of 1', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('row', { name: /^needle, hidden/ }).click();
  const panel = page.getByRole('complementary', { name: 'Selected hop' });
  await panel.getByText('ord-4711').waitFor();
  await panel.getByRole('tab', { name: /^Events/ }).click();
  await panel.getByText('cache missed').waitFor();
  const logs = panel.getByRole('navigation', { name: 'Logs of this span' }).getByRole('link');
  expect(await logs.getAttribute('href')).toBe(`https://logs.example/?t=${large}&s=${needle.id}`);
  expect(await logs.getAttribute('rel')).toBe('noopener noreferrer');
  await panel.getByRole('tab', { name: 'Raw' }).click();
  for (const [format, word] of [
    ['OTLP', 'resourceSpans'],
    ['Hopline', 'statusCode'],
    ['Zipkin', 'localEndpoint'],
  ] as const) {
    await panel.getByRole('button', { name: format, exact: true }).click();
    await panel.locator('pre').getByText(word).waitFor();
    expect(await panel.locator('pre').innerText()).toContain('ord-4711');
  }
});

test('an attribute leads to the traces that have it, and to those that have not', async () => {
  const page = await world.page();
  const span = sample.front.find((one) => one.tags?.['x-request-id']);
  await page.goto(`/traces/${sample.traceId}?span=${span?.id}`);
  const panel = page.getByRole('complementary', { name: 'Selected hop' });
  await panel.getByText('x-request-id', { exact: true }).hover();
  const address = async (name: RegExp) => {
    const href = await panel.getByRole('link', { name }).getAttribute('href');
    const { pathname, searchParams } = new URL(href ?? '', page.url());
    return { pathname, ...Object.fromEntries(searchParams) };
  };
  const condition = `x-request-id=${sample.requestId}`;
  expect(await address(/^Search traces where x-request-id is this/)).toMatchObject({
    pathname: '/',
    tag: condition,
  });
  expect(await address(/^Search traces where x-request-id is not this/)).toMatchObject({
    pathname: '/',
    notTag: condition,
  });
});

test('no letter is lost by who types fast, and Back brings what was sought before', async () => {
  const page = await world.page();
  await page.goto(`/traces/${large}`);
  await page.getByRole('treegrid').waitFor();
  const field = page.getByRole('textbox', { name: 'Find in trace' });
  const text = 'step 4321 and nobody else';
  for (const delay of [0, 15, 60, 130]) {
    await field.fill('');
    await expectAddress(page, `/traces/${large}`);
    await field.pressSequentially(text, { delay, timeout: 20_000 });
    expect(await field.inputValue()).toBe(text);
    await expectAddress(page, `/traces/${large}`, { find: text });
    expect(await field.inputValue()).toBe(text);
  }
  await field.fill('step 4321');
  await page.getByText('– of 1', { exact: true }).waitFor();
  // A view is a step in the history, what is sought is not.
  await page.keyboard.press('Escape');
  await expectAddress(page, `/traces/${large}`);
  await page.goto(`/traces/${large}?find=step%20100`);
  await page.goto(`/traces/${large}?find=step%20200`);
  await page.goBack();
  await expect.poll(() => field.inputValue()).toBe('step 100');
});
