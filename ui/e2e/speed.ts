// What a trace of 100,000 spans costs in the browser: from its data to its rows, frames while scrolling, views; and how
// soon a search is there.
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { lone, sendLarge } from './spans.ts';
import { standUp } from './world.ts';

const SPANS = Number(process.env['HOPLINE_SPANS'] ?? 100_000);
let traceId = '';
const world = standUp(async (hopline) => {
  traceId = await sendLarge(hopline, SPANS);
});

test('a large trace', async () => {
  const page = await world.page();
  page.setDefaultTimeout(120_000);
  await page.addInitScript(() => {
    const seen = new MutationObserver(() => {
      if (!document.querySelector('[data-hop]')) return;
      seen.disconnect();
      // Two frames later the rows are on the screen.
      requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('rows')));
    });
    document.addEventListener('DOMContentLoaded', () =>
      seen.observe(document.body, { childList: true, subtree: true }),
    );
  });
  for (let run = 1; run <= 3; run++) {
    await page.goto(`/traces/${traceId}`);
    await page.waitForFunction(() => performance.getEntriesByName('rows').length > 0);
    say(`open ${run}: from the last byte to rows on the screen`, await opened(page));
  }
  say('scroll', await scrolled(page));
  for (const [name, waited] of [
    ['Flame graph', 'application'],
    ['Table', 'table'],
    ['Graph', 'table'],
    ['Waterfall', 'treegrid'],
  ] as const) {
    const before = Date.now();
    await page.getByRole('tab', { name, exact: true }).click();
    await page.getByRole(waited).first().waitFor();
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    say(`view ${name}`, { millis: Date.now() - before });
  }
  say('reading the answer', await parsed(page));
});

test('the search page', async () => {
  await world.hopline.zipkin(
    Array.from({ length: 1000 }, (_, index) => lone('shop', `get /${index % 9}`, 5 + (index % 97))),
  );
  const page = await world.page();
  for (let run = 1; run <= 3; run++) {
    await page.goto('/?service=shop');
    const since = () => page.evaluate(() => Math.round(performance.now()));
    await page.getByRole('listitem').first().waitFor();
    const rows = await since();
    await page.getByText('1,000 traces').first().waitFor();
    say(`search ${run}: from the address to`, { rowsMillis: rows, countsMillis: await since() });
  }
});

async function opened(page: Page) {
  return page.evaluate(() => {
    const rows = performance.getEntriesByName('rows').at(-1)?.startTime ?? 0;
    const answer = performance
      .getEntriesByType('resource')
      .filter((entry) => entry.name.includes('/api/hopline/traces/'))
      .at(-1) as PerformanceResourceTiming | undefined;
    return {
      millis: Math.round(rows - (answer?.responseEnd ?? 0)),
      mebibytes: Math.round((answer?.decodedBodySize ?? 0) / 2 ** 20),
    };
  });
}

/** A wheel that turns fast, for three seconds: 400 px a frame. */
async function scrolled(page: Page) {
  return page.evaluate(async () => {
    const grid = document.querySelector('[role=treegrid]');
    const gaps: number[] = [];
    const work: number[] = [];
    const end = performance.now() + 3000;
    let before = performance.now();
    while (performance.now() < end) {
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      gaps.push(now - before);
      before = now;
      grid?.scrollBy(0, 400);
      // After the frame's own work has been done, a message is the first to be heard.
      await new Promise<void>((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done();
        requestAnimationFrame(() => port2.postMessage(0));
      });
      work.push(performance.now() - before);
    }
    const at = (list: number[], share: number) =>
      Number([...list].sort((a, b) => a - b)[Math.floor(list.length * share)]?.toFixed(1));
    return {
      frames: gaps.length + work.length,
      perSecond: Math.round((gaps.length + work.length) / 3),
      workP50: at(work, 0.5),
      workP95: at(work, 0.95),
      workMax: at(work, 0.999),
    };
  });
}

/** What the page's own thread pays: for the text, or for taking over what a worker had read. */
async function parsed(page: Page) {
  return page.evaluate(async (path) => {
    const text = await (await fetch(path)).text();
    const started = performance.now();
    const value: unknown = JSON.parse(text);
    const parse = performance.now() - started;
    const take = await new Promise<number>((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = (event) => {
        const begun = performance.now();
        // The copy is made when it is first asked for.
        if (event.data) done(performance.now() - begun);
      };
      port2.postMessage(value);
    });
    return { parseMillis: Math.round(parse), takeFromWorkerMillis: Math.round(take) };
  }, `/api/hopline/traces/${traceId}`);
}

function say(what: string, measured: object): void {
  process.stdout.write(`${what}: ${JSON.stringify(measured)}\n`);
}
