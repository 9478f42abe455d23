// Theme, language, and small screens.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { sendSample } from './spans.ts';
import { standUp } from './world.ts';

let traceId = '';

const world = standUp(async (hopline) => {
  ({ traceId } = await sendSample(hopline));
});

const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
/** The rows of the list, the page's own width: nothing may stick out of it. */
const sticksOut = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

test('the theme follows the system, is chosen, and stays chosen', async () => {
  const page = await world.page({ colorScheme: 'dark' });
  await page.goto('/');
  await page.getByRole('list', { name: 'Traces found' }).waitFor();
  const dark = await ground(page);
  await page.getByRole('button', { name: 'Theme: system' }).click();
  await page.getByRole('button', { name: 'Theme: light' }).waitFor();
  const light = await ground(page);
  expect(light).not.toBe(dark);
  await page.reload();
  await page.getByRole('button', { name: 'Theme: light' }).waitFor();
  expect(await ground(page)).toBe(light);
  await page.keyboard.press('Shift+T');
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
  expect(await ground(page)).toBe(dark);
});

test('Korean is chosen, kept over a reload, and said in the lang attribute', async () => {
  const page = await world.page();
  await page.goto(`/traces/${traceId}`);
  await page.getByRole('tab', { name: 'Waterfall' }).waitFor();
  const lang = () => page.evaluate(() => document.documentElement.lang);
  expect(await lang()).toBe('en');
  await page.getByRole('button', { name: '한국어로 보기' }).click();
  await page.getByRole('tab', { name: '워터폴' }).waitFor();
  expect(await lang()).toBe('ko');
  await page.reload();
  await page.getByRole('tab', { name: '호출 트리' }).waitFor();
  expect(await lang()).toBe('ko');
  const service = page.getByRole('heading', { level: 1 }).getByText('web-frontend');
  expect(await service.getAttribute('lang')).toBe('en');
  await page.keyboard.press('Shift+L');
  await page.getByRole('tab', { name: 'Waterfall' }).waitFor();
  expect(await lang()).toBe('en');
});

test('a Korean browser is greeted in Korean', async () => {
  const page = await world.page({ locale: 'ko-KR' });
  await page.goto('/');
  await page.getByRole('heading', { level: 1, name: '트레이스 검색' }).waitFor();
});

test('on a phone: search, filters in a sheet, and the trace', async () => {
  const page = await world.page(PHONE);
  await page.goto('/');
  const row = page.getByRole('list', { name: 'Traces found' }).getByRole('listitem');
  await row.first().waitFor();
  expect(await sticksOut(page)).toBe(0);
  await page.getByRole('button', { name: 'Filters' }).tap();
  await page.getByRole('radio', { name: /^payment/ }).tap();
  await page
    .getByRole('complementary', { name: 'Filters' })
    .getByRole('button', { name: 'Close' })
    .tap();
  await page.getByRole('button', { name: 'Remove service is payment' }).waitFor();
  await row.first().getByRole('link').tap();
  await page.getByRole('treegrid').waitFor();
  await page.getByText('rows: hops over 5% of the critical path').waitFor();
  expect(await sticksOut(page)).toBe(0);
  await page.getByRole('button', { name: 'Show all' }).tap();
  await page.getByRole('row', { name: /^inventory, POST \/reserve/ }).tap();
  const panel = page.getByRole('complementary', { name: 'Selected hop' });
  await panel.waitFor();
  const box = await panel.boundingBox();
  expect(box?.width).toBe(390);
  expect(await sticksOut(page)).toBe(0);
  await panel.getByRole('button', { name: 'Close' }).tap();
  await panel.waitFor({ state: 'detached' });
});
