// Pictures of every page in both themes, both languages and two widths, for looking at.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import type { Hopline } from './hopline.ts';
import { madeUpLoads } from './loads.ts';
import { refuse, sendSample, twoTraces } from './spans.ts';
import { TOLD, tellOf } from './told.ts';
import { standUp } from './world.ts';

const FOLDER = fileURLToPath(new URL('../shots', import.meta.url));

let two: Awaited<ReturnType<typeof twoTraces>>;
let sample: Awaited<ReturnType<typeof sendSample>>;
/** A failed checkout of the demo where it was built, else the sample again. */
let large = '';

const world = standUp(async (hopline) => {
  await sendTraffic(hopline);
  sample = await sendSample(hopline);
  await refuse(hopline);
  two = await twoTraces(hopline);
  large = await largest(hopline);
});

const PAGES: Record<string, (page: Page) => Promise<void>> = {
  search: async (page) => {
    await page.goto('/');
    await page.getByRole('listitem').first().waitFor();
  },
  'search-filtered': async (page) => {
    await page.goto('/?service=payment&minDuration=10ms&sort=longest');
    await page.getByRole('listitem').first().waitFor();
    await page.getByRole('combobox').first().click();
    await page.getByRole('listbox').first().waitFor();
  },
  'nothing-found': async (page) => {
    await page.goto('/?service=payment&tag=environment%3Dmoon&minDuration=2s');
    await page.getByText('moon').first().waitFor();
    await page.locator('main h2:visible').last().waitFor();
  },
  'first-run': async (page) => {
    await page.route('**/api/v2/services', (route) => route.fulfill({ json: [] }));
    await page.goto('/');
    await page.getByRole('tab', { name: 'curl' }).waitFor();
  },
  trace: async (page) => {
    await page.goto(`/traces/${large}`);
    await page.locator('[data-hop]').first().waitFor();
  },
  'trace-panel': async (page) => {
    await page.goto(`/traces/${sample.traceId}`);
    await page
      .getByRole('row', { name: /^(payment|orders)/ })
      .last()
      .click();
    await page
      .getByRole('tab', { name: 'Raw' })
      .or(page.getByRole('tab', { name: '원본' }))
      .waitFor();
  },
  'trace-large-panel': async (page) => {
    await page.goto(`/traces/${large}`);
    await page.locator('[data-hop]').nth(2).click();
    await page.getByRole('complementary').waitFor();
  },
  'call-tree': async (page) => {
    await page.goto(`/traces/${large}?view=tree`);
    await page.locator('[data-hop]').first().waitFor();
  },
  'flame-graph': (page) => otherView(page, 'flame'),
  statistics: (page) => otherView(page, 'table'),
  'trace-graph': (page) => otherView(page, 'graph'),
  raw: async (page) => {
    await page.goto(`/traces/${large}?view=raw`);
    await page.locator('pre').getByText('traceId').waitFor();
  },
  'trace-told': async (page) => {
    await tellOf(page);
    await page.goto(`/traces/${TOLD}`);
    await page.locator('[data-hop="0"]').waitFor();
  },
  palette: async (page) => {
    await page.goto('/');
    await page.getByRole('listitem').first().waitFor();
    await page.keyboard.press('Control+k');
    await page
      .getByRole('dialog')
      .getByRole('textbox')
      .fill(
        `03:07 ERROR [orders,${sample.traceId},0] charge failed x-request-id=${sample.requestId}`,
      );
    await page.getByRole('dialog').getByRole('option').first().waitFor();
  },
  keys: async (page) => {
    await page.goto(`/traces/${large}`);
    await page.locator('[data-hop]').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
  },
  services: async (page) => {
    await page.goto('/services');
    await page.getByRole('table').waitFor();
  },
  service: async (page) => {
    await page.goto('/services/payment');
    await page.getByRole('img').first().waitFor();
  },
  dependencies: async (page) => {
    await page.goto('/dependencies?focus=payment&edge=payment%3Eacme-pay&view=graph');
    await page.getByRole('complementary').waitFor();
  },
  'dependencies-list': async (page) => {
    await page.goto('/dependencies');
    await page.getByRole('row').nth(9).waitFor();
  },
  'dependencies-all': async (page) => {
    await page.goto('/dependencies?view=graph');
    await page.locator('[data-node]').first().waitFor();
  },
  compare: async (page) => {
    const { a, b } = two;
    await page.goto(`/compare?a=${a}&b=${b}`);
    await page.getByRole('table').waitFor();
  },
  'compare-empty': async (page) => {
    await page.goto('/compare');
    await page.getByRole('textbox').first().waitFor();
  },
  status: async (page) => {
    await page.goto('/status');
    await page.getByRole('table').waitFor();
  },
  'status-refused': async (page) => {
    await page.goto('/status?tab=refused');
    await page.getByRole('table').waitFor();
  },
  'status-store': async (page) => {
    await page.goto('/status?tab=store');
    await page.getByRole('tabpanel').locator('dl').first().waitFor();
  },
  'trace-absent': async (page) => {
    await page.goto('/traces/00000000000000000000000000abcdef');
    await page.getByRole('heading', { level: 1 }).waitFor();
  },
  view: async (page) => {
    await page.goto('/view?file=checkout.json');
    await page.getByRole('note').waitFor();
  },
  'view-trace': async (page) => {
    await lookAt(page, `/api/v2/trace/${large}`);
    await page.locator('[data-hop]').first().waitFor();
  },
  'view-list': async (page) => {
    await lookAt(page, '/api/v2/traces?limit=12&lookback=86400000');
    await page.getByRole('table').waitFor();
  },
  'view-refused': async (page) => {
    await page.goto('/view');
    await page.getByRole('textbox').fill('{"resourceSpans": [{"scopeSpans": 7}]}');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('alert').waitFor();
  },
  'lookup-none': async (page) => {
    await page.goto('/lookup?q=nowhere-1');
    await page.getByRole('status').first().waitFor();
  },
};

/** Names in HOPLINE_SHOTS, or all. */
const wanted = process.env['HOPLINE_SHOTS']?.split(',');

/** What the server has, as a file. */
async function lookAt(page: Page, path: string): Promise<void> {
  const told = JSON.stringify(await world.hopline.ask(path));
  await page.goto('/view');
  await page.locator('input[type=file]').setInputFiles({
    name: 'checkout.json',
    mimeType: 'application/json',
    buffer: Buffer.from(told),
  });
}

async function otherView(page: Page, name: string): Promise<void> {
  await page.goto(`/traces/${large}?view=${name}`);
  await page.getByRole('table').waitFor();
}

const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  (['en-US', 'ko-KR'] as const).flatMap((locale) =>
    [1440, 390].map((width) => ({ theme, locale, width })),
  ),
);

test.each(LOOKS)('$theme $locale $width', async ({ theme, locale, width }) => {
  for (const [name, open] of Object.entries(PAGES)) {
    if (wanted && !wanted.includes(name)) continue;
    const page = await world.page({
      colorScheme: theme,
      locale,
      viewport: { width, height: width === 390 ? 844 : 900 },
      expected: /status of 40[04]/,
    });
    await madeUpLoads(page);
    await open(page);
    await page.evaluate(() => document.fonts.ready);
    const language = locale.slice(0, 2);
    await page.waitForFunction((lang) => document.documentElement.lang === lang, language);
    await page.screenshot({ path: join(FOLDER, `${name}-${theme}-${language}-${width}.png`) });
    await page.context().close();
  }
});

async function sendTraffic(hopline: Hopline): Promise<void> {
  const demo = join(dirname(process.env['HOPLINE_BINARY'] ?? ''), 'demo');
  if (existsSync(demo))
    await promisify(execFile)(demo, ['--url', hopline.url, '--count', '60', '--seed', '7']);
  else for (let trace = 0; trace < 20; trace++) await sendSample(hopline);
}

async function largest(hopline: Hopline): Promise<string> {
  const { traces } = (await hopline.ask('/api/hopline/search?limit=100')) as {
    traces: { traceId: string; spanCount: number; errorCount: number }[];
  };
  const worth = (trace: (typeof traces)[number]) =>
    trace.spanCount + (trace.errorCount > 0 ? 20 : 0);
  return traces.sort((a, b) => worth(b) - worth(a))[0]?.traceId ?? '';
}
