// The dependency graph: what fails is seen at once, one service is brought into focus, time is played, and the list tells the same.
import { expect, test } from 'vitest';
import { madeUpLoads } from './loads.ts';
import { expectAddress, standUp } from './world.ts';

const world = standUp();

test('the picture says in words what it shows, and the list has every call', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/dependencies');
  await page.getByRole('img', { name: /^15 services and 23 calls between them, [1-9]/ }).waitFor();
  await page.getByRole('button', { name: 'List' }).click();
  await expectAddress(page, '/dependencies', { view: 'list' });
  await page.getByRole('row').nth(23).waitFor();
  expect(await page.getByRole('row').nth(1).innerText()).toMatch(/billing[\s\S]*payment/);
});

test('by keys alone: a service is found, its surroundings narrowed, its calls read', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/dependencies?view=list');
  await page.getByRole('row').nth(23).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('paym');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expectAddress(page, '/dependencies', { view: 'list', focus: 'payment' });
  await page.getByRole('button', { name: '1', exact: true }).press('Enter');
  await expectAddress(page, '/dependencies', { view: 'list', focus: 'payment', levels: '1' });
  await expect.poll(() => page.getByRole('row').count()).toBeLessThan(12);
  await page.getByRole('button', { name: 'acme-pay' }).press('Enter');
  const panel = page.getByRole('complementary', { name: 'Chosen call' });
  await panel.getByRole('heading', { name: 'payment Calls acme-pay' }).waitFor();
  await panel.getByRole('link', { name: 'Failing ones' }).press('Enter');
  await expectAddress(page, '/', { service: 'payment', tag: 'error' });
  await page.goBack();
  await panel.waitFor();
});

test('a click on a service brings it into focus, a second one lets go of it', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/dependencies');
  await page.locator('[data-node="payment"]').click();
  await expectAddress(page, '/dependencies', { focus: 'payment' });
  await page.goBack();
  await expectAddress(page, '/dependencies');
});

test('time is moved by hand and played; the numbers are those of the window', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/dependencies?view=list&from=1800000000000&to=1800003600000');
  const orders = page.getByRole('row', { name: /^orders payment/ });
  const whole = await orders.innerText();
  const head = page.getByRole('slider', { name: 'Time shown' });
  await head.focus();
  await page.keyboard.press('Home');
  await page.getByText('Show the whole time').waitFor();
  expect(new URL(page.url()).searchParams.get('at')).toBe('1800000000000');
  await expect.poll(() => orders.innerText()).not.toBe(whole);
  await page.getByRole('button', { name: 'Play through time' }).click();
  await expect
    .poll(() => Number(new URL(page.url()).searchParams.get('at')), { timeout: 5000 })
    .toBeGreaterThan(1800000000000);
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Show the whole time').click();
  await expect.poll(() => orders.innerText()).toBe(whole);
});

test('a phone begins with the list, and nothing sticks out', async () => {
  const page = await world.page({ viewport: { width: 390, height: 844 } });
  await madeUpLoads(page);
  await page.goto('/dependencies');
  await page.getByRole('row').nth(10).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(
    0,
  );
});
