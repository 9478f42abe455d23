// Nothing moves by itself: what a page shifts while it loads, as the browser measures it.
import { expect, test } from 'vitest';
import { EXPECTED, type Given, PLACES, give, open } from './pages.ts';
import { standUp } from './world.ts';

let given: Given;

const world = standUp(async (hopline) => {
  given = await give(hopline);
});

// What is opened by a press moves because it was asked to; what waits or has failed does not load.
const PAGES = Object.entries(PLACES)
  .filter(([name, { state }]) => !/panel|palette|keys|told/.test(name) && state === undefined)
  .map(([name]) => name);

test.each(PAGES)('%s', async (name) => {
  for (const width of [1366, 390]) {
    const viewport = { width, height: width === 390 ? 844 : 768 };
    const page = await world.page({ viewport, expected: EXPECTED });
    // Answers take a while, as they do on a bad day: skeletons are seen.
    await page.route(/\/api\//, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 250));
      await route.fallback();
    });
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { shifts: seen, shifted: 0 });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { value, hadRecentInput, sources } = entry as PerformanceEntry & {
            value: number;
            hadRecentInput: boolean;
            sources: { node: Element | null }[];
          };
          if (hadRecentInput) continue;
          Object.assign(window, {
            shifted: (window as unknown as { shifted: number }).shifted + value,
          });
          for (const { node } of sources)
            seen.push([node?.tagName, node?.className, node?.textContent?.slice(0, 60)].join(' '));
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await open(page, name, given);
    await page.evaluate(() => document.fonts.ready);
    await page.waitForTimeout(200);
    const found = await page.evaluate(() => {
      const { shifts, shifted } = window as unknown as { shifts: string[]; shifted: number };
      return { shifts, shifted };
    });
    // Half of what is called good (0.1), and what a line of text makes by a pixel.
    expect(found.shifted, `${width}: ${found.shifts.join('\n')}`).toBeLessThan(0.05);
    await page.context().close();
  }
});
