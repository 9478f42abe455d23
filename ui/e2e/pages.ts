// Every page in each of its states, and how one gets there: what the pictures, the access test and the
// test for shifts go through.
import type { Page } from 'playwright-core';
import type { Hopline } from './hopline.ts';
import { madeUpLoads } from './loads.ts';
import { newId, refuse, sendSample, threeParts, twoGroups, twoTraces } from './spans.ts';
import { TOLD, tellOf } from './told.ts';

export interface Given {
  sample: Awaited<ReturnType<typeof sendSample>>;
  two: Awaited<ReturnType<typeof twoTraces>>;
  /** A trace worth looking at; the sample where there is no larger one. */
  large: string;
}

/** What the pages show. */
export async function give(hopline: Hopline): Promise<Given> {
  const sample = await sendSample(hopline);
  await hopline.zipkin(threeParts());
  await twoGroups(hopline);
  await refuse(hopline);
  return { sample, two: await twoTraces(hopline), large: sample.traceId };
}

export interface Place {
  open: (page: Page, given: Given) => Promise<void>;
  /** A state of a page that is also there without it. */
  state?: 'empty' | 'failing' | 'loading';
}

export const PLACES: Readonly<Record<string, Place>> = {
  search: at('/', (page) => page.getByRole('listitem')),
  'search-filtered': {
    open: async (page) => {
      await page.goto(
        '/?service=payment&tag=payment.currency&minDuration=1ms&sort=longest&from=-24h',
      );
      await page.getByRole('combobox').first().click();
      await page.getByRole('listbox').first().waitFor();
    },
  },
  'search-groups-live': {
    open: async (page) => {
      await page.goto('/?group=operation&live=1&notTag=a');
      await page.locator('#group0').waitFor();
      await page.keyboard.press('b');
      await page.locator('[role=group][tabindex="0"]').waitFor();
      // On a phone the filters are a sheet.
      const filters = page.locator('form[role=search] > button[aria-expanded]');
      if (await filters.isVisible()) await filters.click();
      await page.locator('details summary').first().click();
    },
  },
  'nothing-found': {
    state: 'empty',
    open: async (page) => {
      await page.goto('/?service=payment&tag=environment%3Dmoon&minDuration=2s');
      await page.getByText('moon').first().waitFor();
      await page.locator('main h2:visible').last().waitFor();
    },
  },
  'first-run': {
    state: 'empty',
    open: async (page) => {
      await page.route('**/api/v2/services', (route) => route.fulfill({ json: [] }));
      await page.goto('/');
      await page.getByRole('tab', { name: 'curl' }).waitFor();
    },
  },
  trace: trace('', (page) => page.locator('[data-hop]')),
  'trace-panel': {
    open: async (page, { sample }) => {
      await page.goto(`/traces/${sample.traceId}`);
      await page
        .getByRole('row', { name: /^(payment|orders)/ })
        .last()
        .click();
      await page.getByRole('complementary').waitFor();
    },
  },
  'trace-large-panel': {
    open: async (page, { large }) => {
      await page.goto(`/traces/${large}`);
      await page.locator('[data-hop]').nth(2).click();
      await page.getByRole('complementary').waitFor();
    },
  },
  'call-tree': trace('?view=tree', (page) => page.locator('[data-hop]')),
  'flame-graph': trace('?view=flame', (page) => page.getByRole('table')),
  statistics: trace('?view=table', (page) => page.getByRole('table')),
  'trace-graph': trace('?view=graph', (page) => page.getByRole('table')),
  raw: trace('?view=raw', (page) => page.locator('pre').getByText('traceId')),
  'trace-told': {
    open: async (page) => {
      await tellOf(page);
      await page.goto(`/traces/${TOLD}`);
      await page.locator('[data-hop="0"]').click();
      await page.getByRole('complementary').waitFor();
    },
  },
  'trace-absent': at('/traces/00000000000000000000000000abcdef', (page) =>
    // The page has a heading while it asks, too.
    page.getByRole('status').getByRole('heading', { level: 1 }),
  ),
  palette: {
    open: async (page, { sample }) => {
      await page.goto('/');
      await page.getByRole('listitem').first().waitFor();
      await page.keyboard.press('Control+k');
      const line = `03:07 ERROR [orders,${sample.traceId},0] charge failed x-request-id=${sample.requestId}`;
      await page.getByRole('dialog').getByRole('textbox').fill(line);
      await page.getByRole('dialog').getByRole('option').first().waitFor();
    },
  },
  keys: {
    open: async (page, { large }) => {
      await page.goto(`/traces/${large}`);
      await page.locator('[data-hop]').first().waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  services: at('/services', (page) => page.getByRole('table')),
  'services-empty': empty('/services'),
  service: at('/services/payment', (page) => page.getByRole('img')),
  'service-empty': empty('/services/nobody'),
  dependencies: at('/dependencies?focus=payment&edge=payment%3Eacme-pay&view=graph', (page) =>
    page.getByRole('complementary'),
  ),
  'dependencies-all': at('/dependencies?view=graph', (page) => page.locator('[data-node]')),
  'dependencies-list': at('/dependencies?view=list', (page) => page.getByRole('row').nth(9)),
  'dependencies-empty': empty('/dependencies'),
  compare: {
    open: async (page, { two }) => {
      await page.goto(`/compare?${new URLSearchParams({ ...two })}`);
      await page.getByRole('table').waitFor();
    },
  },
  'compare-side': {
    open: async (page, { two }) => {
      await page.goto(`/compare?${new URLSearchParams({ ...two, view: 'side' })}`);
      await page.getByRole('table').waitFor();
    },
  },
  'compare-groups': at(`/compare?${groups('red', 'blue')}`, (page) => page.getByRole('table')),
  'compare-groups-side': at(`/compare?${groups('red', 'blue')}&view=side`, (page) =>
    page.getByRole('table'),
  ),
  'compare-groups-few': at(`/compare?${groups('red', 'nobody')}`, (page) =>
    page.getByRole('table'),
  ),
  'compare-groups-form': at(`/compare?${groups('red', 'blue')}&edit=1`, (page) =>
    page.getByRole('combobox'),
  ),
  'compare-empty': {
    ...at('/compare', (page) => page.getByRole('textbox')),
    state: 'empty',
  },
  status: at('/status', (page) => page.getByRole('table')),
  'status-refused': at('/status?tab=refused', (page) => page.getByRole('table')),
  'status-store': at('/status?tab=store', (page) => page.getByRole('tabpanel').locator('dl')),
  'lookup-none': at('/lookup?q=nowhere-1', (page) => page.getByRole('status')),
  view: at('/view?file=checkout.json', (page) => page.getByRole('note')),
  'view-trace': {
    open: async (page, { large }) => {
      await lookAt(page, `/api/v2/trace/${large}`);
      await page.locator('[data-hop]').first().waitFor();
    },
  },
  'view-list': {
    open: async (page) => {
      await lookAt(page, '/api/v2/traces?limit=12&lookback=86400000');
      await page.getByRole('table').waitFor();
    },
  },
  'view-refused': {
    state: 'failing',
    open: async (page) => {
      await page.goto('/view');
      await page.getByRole('textbox').fill('{"resourceSpans": [{"scopeSpans": 7}]}');
      await page.keyboard.press('Control+Enter');
      await page.getByRole('alert').waitFor();
    },
  },
  // Below a page that is there: of others the server itself says that they are not.
  absent: at('/services/a/b/c', (page) => page.getByRole('heading', { level: 1 })),
  ...troubled('search', '/'),
  ...troubled('trace', `/traces/${newId(16)}`),
  ...troubled('services', '/services'),
  ...troubled('service', '/services/payment'),
  ...troubled('dependencies', '/dependencies'),
  ...troubled('compare', '/compare?a=1&b=2'),
  ...troubled('compare-groups', `/compare?${groups('red', 'blue')}`),
  ...troubled('status', '/status'),
  ...troubled('lookup', '/lookup?q=1'),
};

/** What the server has, as a file. */
async function lookAt(page: Page, path: string): Promise<void> {
  await page.goto('/view');
  const told = await page.evaluate(async (path) => (await fetch(path)).text(), path);
  await page.locator('input[type=file]').setInputFiles({
    name: 'checkout.json',
    mimeType: 'application/json',
    buffer: Buffer.from(told),
  });
}

function at(path: string, seen: (page: Page) => ReturnType<Page['locator']>): Place {
  return {
    open: async (page) => {
      await page.goto(path);
      await seen(page).first().waitFor();
    },
  };
}

function trace(view: string, seen: (page: Page) => ReturnType<Page['locator']>): Place {
  return {
    open: async (page, { large }) => {
      await page.goto(`/traces/${large}${view}`);
      await seen(page).first().waitFor();
    },
  };
}

function groups(a: string, b: string): string {
  const group = (tag: string) => `service=front&tag=${tag}&from=-1h&to=now`;
  return String(new URLSearchParams({ a: group(a), b: group(b) }));
}

/** No calls in this time. */
function empty(path: string): Place {
  return {
    state: 'empty',
    open: async (page) => {
      const searched = { from: 0, to: 3_600_000 };
      const nothing = { searched, stepMs: 60_000, truncated: false };
      await page.route(/\/api\/hopline\/(services|dependencies)/, (route) =>
        route.fulfill({ json: { ...nothing, services: [], edges: [] } }),
      );
      await page.goto(path);
      await page.locator('main [role=status]:visible').first().waitFor();
    },
  };
}

/** The page while its question is not answered, and when it cannot be. */
function troubled(name: string, path: string): Record<string, Place> {
  const questions = /\/api\/hopline\/|\/api\/v2\/trace/;
  return {
    [`${name}-loading`]: {
      state: 'loading',
      open: async (page) => {
        await page.route(questions, () => undefined);
        await page.goto(path);
        await page.getByRole('main').waitFor();
        // What says that it is loading shows a little later.
        await page.waitForTimeout(300);
      },
    },
    [`${name}-failing`]: {
      state: 'failing',
      open: async (page) => {
        await page.route(questions, (route) =>
          route.fulfill({ status: 500, json: { error: 'the store is on fire' } }),
        );
        await page.goto(path);
        await page.getByRole('alert').first().waitFor();
      },
    },
  };
}

/** The console says so of every answer that is no success; here they belong to the states. */
export const EXPECTED = /status of (400|404|500)/;

/** Opens a page as the others do, with an hour of made-up traffic for services and dependencies. */
export async function open(page: Page, name: string, given: Given): Promise<void> {
  await madeUpLoads(page);
  await PLACES[name]?.open(page, given);
}
