// The dependency graph: what fails is seen at once, one service is brought into focus, time is played, and the list tells the same.
import { expect, test } from 'vitest';
import { madeUpLoads, manyLoads } from './loads.ts';
import { expectAddress, standUp } from './world.ts';

const world = standUp();

test('the picture says in words what it shows, and the list has every call', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/dependencies');
  await page
    .getByRole('group', { name: /^15 services and 23 calls between them, [1-9]/ })
    .waitFor();
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

test('by keys alone in the picture: from service to service, into focus, along its calls', async () => {
  const page = await world.page();
  await madeUpLoads(page);
  await page.goto('/dependencies?focus=orders');
  const node = (name: string) => page.locator(`[data-node="${name}"]`);
  await node('orders').focus();
  // One tab stop for all services.
  expect(await page.locator('[data-node][tabindex="0"]').count()).toBe(1);
  await page.keyboard.press('ArrowRight');
  const next = page.locator('[data-node]:focus');
  await next.waitFor();
  expect(await next.getAttribute('data-node')).not.toBe('orders');
  expect(await next.getAttribute('aria-label')).toMatch(/, called by \d+ service/);
  await page.keyboard.press('Enter');
  const name = (await next.getAttribute('data-node')) ?? '';
  await expectAddress(page, '/dependencies', { focus: name });
  await page.keyboard.press(']');
  await page.getByRole('complementary', { name: 'Chosen call' }).waitFor();
  expect(new URL(page.url()).searchParams.get('edge')).toContain(name);
  const width = () => page.locator('svg[role=group]').evaluate((svg) => svg.clientWidth);
  const before = await width();
  await page.keyboard.press('+');
  await expect.poll(width).toBeGreaterThan(before);
  await page.keyboard.press('0');
  await expect.poll(width).toBeLessThanOrEqual(before);
});

test.each([3, 30, 300])('%i services can be read, moved and brought into focus', async (count) => {
  const page = await world.page({ viewport: { width: 1366, height: 768 } });
  await page.route(/\/api\/hopline\/dependencies/, (route) =>
    route.fulfill({ json: manyLoads(count, new URL(route.request().url())) }),
  );
  await page.goto('/dependencies');
  await page
    .locator('[data-node]')
    .nth(count - 1)
    .waitFor();
  // The smallest words are at least nine pixels high as they are seen, and no label covers another.
  const name = page.locator('[data-node] text').first();
  expect((await name.boundingBox())?.height).toBeGreaterThan(11);
  const boxes = await page
    .locator('[data-label] rect')
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON() as DOMRect));
  const covering = boxes.filter((a, index) =>
    boxes.some(
      (b, other) =>
        other > index &&
        a.left < b.right &&
        b.left < a.right &&
        a.top < b.bottom &&
        b.top < a.bottom,
    ),
  );
  // A few that found no free place near their line may; most do not.
  expect(covering.length).toBeLessThanOrEqual(boxes.length / 10);
  const scroll = page.getByRole('region', { name: 'Graph' });
  if (count === 300) {
    const place = () => scroll.evaluate(({ scrollLeft, scrollTop }) => scrollLeft + scrollTop);
    await page.getByRole('button', { name: 'Larger' }).click();
    const before = await place();
    const box = await scroll.boundingBox();
    await page.mouse.move((box?.x ?? 0) + 3, (box?.y ?? 0) + 300);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) + 3, (box?.y ?? 0) + 200);
    await page.mouse.up();
    await expect.poll(place).not.toBe(before);
    await page.getByRole('button', { name: 'The whole' }).click();
    const { inside, whole } = await scroll.evaluate((one) => ({
      inside: one.clientHeight,
      whole: one.scrollHeight,
    }));
    expect(whole).toBeLessThanOrEqual(inside + 1);
  }
  await page.getByRole('combobox', { name: 'Find a service' }).fill(`service-${count - 1}`);
  await page.keyboard.press('Enter');
  await page.locator(`[data-node="service-${count - 1}"][aria-pressed="true"]`).waitFor();
  if (count === 300) expect(await page.locator('[data-node]').count()).toBeLessThan(300);
  // What is in focus is in sight.
  const focused = await page.locator(`[data-node="service-${count - 1}"]`).boundingBox();
  const seen = await scroll.boundingBox();
  expect(focused && seen && focused.y >= seen.y && focused.y < seen.y + seen.height).toBe(true);
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
