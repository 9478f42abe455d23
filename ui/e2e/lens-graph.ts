// The picture that Lens draws of who calls whom: on a canvas, so it is read as an eye does.
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

interface Place {
  x: number;
  y: number;
}

/** The middles of the circles, from left to right, once the picture stands still. */
export async function drawnServices(page: Page, count: number): Promise<Place[]> {
  let before = '';
  let places: Place[] = [];
  await expect
    .poll(async () => {
      places = await circles(page);
      const now = JSON.stringify(places);
      const still = now === before;
      before = now;
      return still ? places.length : 'it moves';
    })
    .toBe(count);
  return places;
}

/** The picture learns only while it draws what lies below the mouse. */
export async function clickDrawn(page: Page, { x, y }: Place): Promise<void> {
  await page.mouse.move(x, y, { steps: 3 });
  await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  });
  await page.mouse.click(x, y);
}

async function circles(page: Page): Promise<Place[]> {
  const picture = (await page.screenshot()).toString('base64');
  return page.evaluate(async (picture) => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const { width, height } = image;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (!context) return [];
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const found: { x: number; y: number; dots: number }[] = [];
    for (let at = 0; at < data.length; at += 4) {
      // The colour of a service.
      if (data[at] !== 51 || data[at + 1] !== 123 || data[at + 2] !== 161) continue;
      const x = (at / 4) % width;
      const y = Math.floor(at / 4 / width);
      const near = found.find(
        (one) => Math.abs(one.x / one.dots - x) < 30 && Math.abs(one.y / one.dots - y) < 30,
      );
      if (near) {
        near.x += x;
        near.y += y;
        near.dots++;
      } else found.push({ x, y, dots: 1 });
    }
    return found
      .filter(({ dots }) => dots > 100)
      .map(({ x, y, dots }) => ({ x: Math.round(x / dots), y: Math.round(y / dots) }))
      .sort((a, b) => a.x - b.x || a.y - b.y);
  }, picture);
}
