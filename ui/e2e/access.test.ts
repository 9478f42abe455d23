// axe-core finds nothing on any page, in both themes and both languages.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { madeUpLoads } from './loads.ts';
import { lone, refuse, sendSample, threeParts, twoTraces } from './spans.ts';
import { TOLD, tellOf } from './told.ts';
import { standUp } from './world.ts';

let sample: Awaited<ReturnType<typeof sendSample>>;

const world = standUp(async (hopline) => {
  sample = await sendSample(hopline);
  await hopline.zipkin(threeParts());
  await refuse(hopline);
});

const PAGES: Record<string, (page: Page) => Promise<void>> = {
  search: async (page) => {
    await page.goto('/');
    await page.getByRole('listitem').first().waitFor();
  },
  'search with filters and suggestions': async (page) => {
    await page.goto('/?service=orders&tag=environment%3Ddemo&minDuration=1ms&from=-24h');
    await page.getByRole('listitem').first().waitFor();
    await page.getByRole('combobox').first().click();
    await page.getByRole('listbox').first().waitFor();
  },
  'search in groups, live, with a box': async (page) => {
    await page.goto('/?group=operation&live=1&notTag=a');
    await page.locator('#group0').waitFor();
    await page.keyboard.press('b');
    await page.locator('[role=group][tabindex="0"]').waitFor();
    // On a phone the filters are a sheet.
    const filters = page.locator('form[role=search] > button[aria-expanded]');
    if (await filters.isVisible()) await filters.click();
    await page.locator('details summary').first().click();
  },
  'nothing found': async (page) => {
    await page.goto('/?service=nobody&tag=a');
    await page.getByText('nobody').first().waitFor();
    await page.getByRole('heading', { level: 2 }).first().waitFor();
  },
  'first run': async (page) => {
    await page.route('**/api/v2/services', (route) => route.fulfill({ json: [] }));
    await page.goto('/');
    await page.getByRole('tab', { name: 'curl' }).waitFor();
  },
  trace: async (page) => {
    await page.goto(`/traces/${sample.traceId}`);
    await page
      .getByRole('row', { name: /payment/ })
      .first()
      .waitFor();
  },
  'trace with panel': async (page) => {
    await page.goto(`/traces/${sample.traceId}`);
    await page
      .getByRole('row', { name: /^payment/ })
      .first()
      .click();
    await page.getByText('payment.currency').waitFor();
  },
  'call tree': async (page) => {
    await page.goto(`/traces/${sample.traceId}?view=tree`);
    await page
      .getByRole('row', { name: /payment/ })
      .first()
      .waitFor();
  },
  'flame graph': (page) => view(page, 'flame'),
  'table of statistics': (page) => view(page, 'table'),
  'graph of a trace': (page) => view(page, 'graph'),
  'raw trace': async (page) => {
    await page.goto(`/traces/${sample.traceId}?view=raw`);
    await page.getByRole('region', { name: 'Zipkin' }).getByText('traceId').waitFor();
  },
  'trace with all that is told': async (page) => {
    await tellOf(page);
    await page.goto(`/traces/${TOLD}`);
    await page.getByRole('list').first().waitFor();
    await page.locator('[data-hop="0"]').click();
    await page.getByRole('complementary').waitFor();
  },
  palette: async (page) => {
    await page.goto('/');
    await page.getByRole('listitem').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').fill(sample.requestId);
    await page.getByRole('dialog').getByRole('option').first().waitFor();
  },
  keys: async (page) => {
    await page.goto('/');
    await page.getByRole('listitem').first().waitFor();
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
  'dependencies, list': async (page) => {
    await page.goto('/dependencies?view=list');
    await page.getByRole('row').nth(9).waitFor();
  },
  compare: async (page) => {
    const { a, b } = await twoTraces(world.hopline);
    await page.goto(`/compare?a=${a}&b=${b}`);
    await page.getByRole('table').waitFor();
  },
  'compare, no traces': async (page) => {
    await page.goto('/compare');
    await page.getByRole('textbox').first().waitFor();
  },
  status: async (page) => {
    await page.goto('/status');
    await page.getByRole('table').waitFor();
  },
  'status, refused': async (page) => {
    await page.goto('/status?tab=refused');
    await page.getByRole('table').waitFor();
  },
  'status, store': async (page) => {
    await page.goto('/status?tab=store');
    await page.getByRole('tabpanel').locator('dl').first().waitFor();
  },
  'a file to choose': async (page) => {
    await page.goto('/view?file=gone.json');
    await page.getByRole('note').waitFor();
  },
  'a file of one trace': (page) => look(page, 1),
  'a file of several traces': (page) => look(page, 3),
  'lookup page': async (page) => {
    await page.goto('/lookup?q=nowhere-1');
    await page.getByRole('status').first().waitFor();
  },
};

async function look(page: Page, traces: number): Promise<void> {
  const spans = Array.from({ length: traces }, (_, index) => lone(`service ${index}`, 'get /', 5));
  await page.goto('/view');
  await page.locator('input[type=file]').setInputFiles({
    name: 'a.json',
    mimeType: 'application/json',
    // One span that cannot be shown.
    buffer: Buffer.from(JSON.stringify([...spans, { traceId: '1' }])),
  });
  await page
    .getByRole(traces === 1 ? 'treegrid' : 'table')
    .first()
    .waitFor();
}

async function view(page: Page, name: string): Promise<void> {
  await page.goto(`/traces/${sample.traceId}?view=${name}`);
  await page.getByRole('table').waitFor();
}

const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  (['en-US', 'ko-KR'] as const).map((locale) => ({ theme, locale })),
);
const CASES = Object.keys(PAGES).flatMap((name) => LOOKS.map((look) => ({ name, ...look })));

test.each(CASES)('$name, $theme, $locale', async ({ name, theme, locale }) => {
  const page = await world.page({ colorScheme: theme, locale });
  await madeUpLoads(page);
  await PAGES[name]?.(page);
  await page.waitForFunction((lang) => document.documentElement.lang === lang, locale.slice(0, 2));
  expect(await violations(page)).toEqual([]);
});

test.each([
  'search',
  'search in groups, live, with a box',
  'trace',
  'trace with panel',
  'flame graph',
  'trace with all that is told',
  'status',
  'services',
  'service',
  'compare',
  'dependencies',
  'dependencies, list',
  'a file to choose',
  'a file of one trace',
  'a file of several traces',
])('%s on a phone', async (name) => {
  const page = await world.page({ viewport: { width: 390, height: 844 } });
  await madeUpLoads(page);
  await PAGES[name]?.(page);
  expect(await violations(page)).toEqual([]);
});

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document);
    return violations.flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary}`),
    );
  });
}
