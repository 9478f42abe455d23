// Zipkin's own page, Lens, unchanged: what it shows of Hopline is what it shows of Zipkin's server.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Front, bodyOf, serve } from './front.ts';
import { post } from './hopline.ts';
import { failedOrder } from './failed-order.ts';
import { clickDrawn, drawnServices } from './lens-graph.ts';
import { serveLens, startZipkin } from './lens.ts';
import { type ZipkinSpan, lone } from './spans.ts';
import { standUp } from './world.ts';

const jar = process.env['ZIPKIN_JAR'] ?? '';
if (!jar)
  console.error('NOT RUN: Lens comes in the jar that ZIPKIN_JAR="$(scripts/zipkin-jar)" names');

describe.skipIf(!jar)('Lens', () => {
  const order = failedOrder();
  const traceId = order[0]?.traceId ?? '';
  const traces = [
    order,
    [lone('backend', 'nightly', 150)],
    [lone('frontend', 'get /health', 1, { tags: { environment: 'stage' } })],
  ];
  /** What the archive was sent. */
  const archived: unknown[] = [];
  let archive: Front;
  let zipkin: Front;

  beforeAll(async () => {
    archive = await serve(async (asked, answer) => {
      const allowed = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
      if (asked.method === 'POST') archived.push(JSON.parse(await bodyOf(asked)));
      answer.writeHead(asked.method === 'POST' ? 202 : 200, allowed).end();
    });
  });
  const variables = () => ({
    AUTOCOMPLETE_KEYS: 'environment,http.method',
    ZIPKIN_UI_ARCHIVE_POST_URL: `${archive.url}/api/v2/spans`,
    ZIPKIN_UI_ARCHIVE_URL: 'https://archive.example/zipkin/traces/{traceId}',
    ZIPKIN_UI_LOGS_URL: 'https://logs.example/?q={traceId}',
    ZIPKIN_UI_SUPPORT_URL: 'https://support.example/',
  });
  const world = standUp(undefined, {
    ownPages: false,
    startedWith: () => ({ variables: variables() }),
    front: (hopline) => serveLens(jar, hopline.url),
  });
  beforeAll(async () => {
    zipkin = await startZipkin(jar, variables());
    for (const trace of traces) {
      await world.hopline.zipkin(trace);
      await post(`${zipkin.url}/api/v2/spans`, trace);
    }
    // It stores after it has answered.
    await vi.waitFor(async () => {
      const stored = await fetch(`${zipkin.url}/api/v2/traces`);
      expect(await stored.json()).toHaveLength(traces.length);
    }, 10_000);
  }, 120_000);
  afterAll(async () => {
    await zipkin?.stop();
    await archive?.stop();
  });

  const now = Date.now();
  /** Looks at Hopline and at the real server at the same moment: what is seen must be the same. */
  async function onBoth<Seen>(
    look: (page: Page) => Promise<Seen>,
    expected = USUAL,
  ): Promise<Seen> {
    const seen: Seen[] = [];
    for (const where of [{}, { baseURL: zipkin.url }]) {
      const page = await world.page({ ...where, expected });
      await page.clock.setFixedTime(now);
      seen.push(await look(page));
    }
    const [ours, theirs] = seen as [Seen, Seen];
    expect(ours).toEqual(theirs);
    return ours;
  }

  test.each<[string, Criteria, number]>([
    ['everything', {}, 3],
    ['service', { serviceName: 'frontend' }, 2],
    ['span name', { serviceName: 'frontend', spanName: 'post /checkout' }, 1],
    ['remote service', { serviceName: 'backend', remoteServiceName: 'mysql' }, 1],
    ['tag', { tagQuery: 'error=card declined and http.method' }, 1],
    ['annotation', { tagQuery: 'wire.sent' }, 1],
    ['durations', { minDuration: '100ms', maxDuration: '200ms' }, 1],
    ['nothing that is there', { serviceName: 'shipping', minDuration: '10s' }, 0],
  ])('a search by %s', async (_, criteria, count) => {
    const seen = await onBoth(async (page) => {
      await page.goto('/zipkin/');
      for (const [key, value] of Object.entries(criteria)) await choose(page, key, value);
      await runQuery(page, 'traces');
      if (count > 0) await page.getByRole('button', { name: 'Expand All' }).click();
      return shown(page);
    });
    expect(seen.match(/button "Show"/g) ?? []).toHaveLength(count);
  });

  test('a trace with every span, and all that is known of each', async () => {
    const seen = await onBoth(async (page) => {
      await page.goto('/zipkin/');
      await choose(page, 'serviceName', 'frontend');
      await choose(page, 'spanName', 'get /');
      await runQuery(page, 'traces');
      await page.getByRole('button', { name: 'Show' }).click();
      const spans: Record<string, string> = {};
      for (const name of ROWS) {
        await page.getByText(name, { exact: true }).last().click();
        const id = page.getByText('Span ID', { exact: true }).locator('xpath=following::p[1]');
        await expect.poll(() => id.innerText()).toBe(idOf(order, name));
        spans[name] = await shown(page);
      }
      await page.getByRole('button', { name: 'Span table' }).click();
      const table = page.getByRole('grid').getByRole('row');
      await table.nth(ROWS.length).waitFor();
      return { spans, table: await table.allInnerTexts(), address: new URL(page.url()).pathname };
    });
    expect(seen.address).toBe(`/zipkin/traces/${traceId}`);
    expect(Object.keys(seen.spans)).toHaveLength(5);
    const all = Object.values(seen.spans).join('\n');
    for (const { tags = {}, annotations = [] } of order) {
      for (const [key, value] of Object.entries(tags)) expect(all).toContain(`${key} ${value}`);
      for (const { value } of annotations) expect(all).toContain(`Value ${value}`);
    }
    expect(all).toContain('Total Spans 5');
    expect(seen.table).toHaveLength(6);
  });

  test('a tag is completed, key and value, and finds its trace', async () => {
    const offered = await onBoth(async (page) => {
      await page.goto('/zipkin/');
      await page.getByTestId('add-button').click();
      const list = page.getByRole('main').getByRole('listitem');
      await list.getByText('environment', { exact: true }).waitFor();
      const keys = await list.allInnerTexts();
      await list.getByText('environment', { exact: true }).click();
      await list.getByText('prod', { exact: true }).waitFor();
      return { keys, values: await list.allInnerTexts() };
    });
    expect(offered.keys).toEqual(expect.arrayContaining(['environment', 'http.method']));
    expect(offered.values).toEqual(['prod', 'stage']);
    // Lens puts an empty condition behind it. Zipkin's own server then finds nothing.
    const page = await world.page({ expected: USUAL });
    await page.goto('/zipkin/');
    await choose(page, 'environment', 'prod');
    await runQuery(page, 'traces');
    await page.getByRole('row', { name: /^frontend: get \/ / }).waitFor();
    expect(await page.getByRole('button', { name: 'Show' }).count()).toBe(1);
  });

  test('the dependencies are drawn, with calls and errors', async () => {
    const seen = await onBoth(async (page) => {
      const links: Record<string, string[]> = {};
      const open = async () => {
        await page.goto('/zipkin/dependency');
        await runQuery(page, 'dependencies');
        return drawnServices(page, 5);
      };
      for (const { x, y } of await open()) {
        // A click moves the picture.
        await open();
        await clickDrawn(page, { x, y });
        await page
          .getByText(/^This service (is used|uses)/)
          .first()
          .waitFor();
        const [name = '', ...told] = await facts(page);
        links[name] = told;
      }
      return links;
    });
    const [usedByOne, usesOne] = [
      'This service is used by 1 service',
      'This service uses 1 service',
    ];
    expect(seen).toEqual({
      frontend: ['This service uses 2 services', 'backend 2 1', 'kafka 1 0'],
      backend: [usedByOne, usesOne, 'frontend 2 1', 'mysql 1 0'],
      kafka: [usedByOne, usesOne, 'frontend 1 0', 'shipping 1 0'],
      mysql: [usedByOne, 'backend 1 0'],
      shipping: [usedByOne, 'kafka 1 0'],
    });
  }, 90_000);

  test('a file that is uploaded is shown, and no server is asked for it', async () => {
    await onBoth(async (page) => {
      await page.goto('/zipkin/');
      await page.getByTestId('add-button').waitFor();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('banner').getByRole('button').first().click();
      const uploaded = order.map((span) => ({ ...span, traceId: UPLOADED }));
      const buffer = Buffer.from(JSON.stringify(uploaded));
      const file = { name: 'trace.json', mimeType: 'application/json', buffer };
      await (await chooser).setFiles(file);
      await page.getByText(UPLOADED).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/zipkin/traces/${UPLOADED}`);
      expect(asked.filter((url) => url.includes('/api/'))).toEqual([]);
      return shown(page);
    });
  });

  test('a trace is archived, downloaded, and linked to its logs', async () => {
    const said = await onBoth(async (page) => {
      await page.goto(`/zipkin/traces/${traceId}`);
      const menu = () =>
        page
          .getByRole('button', { name: 'Span table' })
          .locator('xpath=following::button[1]')
          .click();
      await menu();
      const logs = await page.getByRole('menuitem', { name: 'View Logs' }).getAttribute('href');
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: 'Download JSON' }).click();
      const text = await readFile(await (await download).path(), 'utf8');
      await menu();
      await page.getByRole('menuitem', { name: 'Archive Trace' }).click();
      const where = page.getByText(`https://archive.example/zipkin/traces/${traceId}`);
      return { logs, text, archive: await where.innerText() };
    });
    expect(said.logs).toBe(`https://logs.example/?q=${traceId}`);
    expect(said.archive).toContain('Archive successful!');
    expect(archived).toHaveLength(2);
    expect(archived[0]).toEqual(archived[1]);
    expect(archived[0]).toHaveLength(order.length);
    expect(JSON.stringify(archived[0])).toContain('"zipkin.archived":"true"');
    expect((JSON.parse(said.text) as unknown[]).length).toBe(order.length);
  });

  test.each([
    ['a trace that is not there', '/zipkin/traces/00000000000000ff', 'Not Found'],
    [
      'a question that is refused',
      `/zipkin/?maxDuration=1s&lookback=15m&endTs=${now}&limit=5`,
      'Bad Request',
    ],
  ])('%s is told in the words of HTTP', async (_, path, reason) => {
    const said = await onBoth(async (page) => {
      await page.goto(path);
      return page.getByText(reason).first().innerText();
    }, /react-i18next|status of 40[04]/);
    expect(said).toContain(reason);
  });
});

type Criteria = Record<string, string>;

/** A criterion is chosen from what the page offers, where it offers something. */
async function choose(page: Page, key: string, value: string): Promise<void> {
  const offered = page.getByRole('main').getByRole('listitem');
  if ((await offered.count()) === 0) await page.getByTestId('add-button').click();
  await offered.getByText(key, { exact: true }).click();
  if (/Name$|^environment$/.test(key)) await offered.getByText(value, { exact: true }).click();
  else {
    await page.getByRole('main').getByRole('textbox').fill(`${key}=${value}`);
    await page.keyboard.press('Enter');
  }
}

/** Runs it, and waits for what is asked. */
async function runQuery(page: Page, what: string): Promise<void> {
  const answered = page.waitForResponse((answer) => answer.url().includes(`/api/v2/${what}?`));
  await page.getByRole('button', { name: 'Run Query' }).click();
  await (await answered).finished();
}

/** What stands beside the picture: a service, then who uses it and whom it uses, with calls and errors. */
async function facts(page: Page): Promise<string[]> {
  const text = await page.getByRole('main').innerText();
  const lines = text.replaceAll('\t', ' ').split('\n').filter(Boolean);
  const [name = '', ...told] = lines.slice(lines.indexOf('Filter') + 1);
  return [name, ...told.filter((line) => / \d+ \d+$|^This service/.test(line)).sort()];
}

function idOf(spans: readonly ZipkinSpan[], row: string): string {
  return spans.find(({ name }) => row.endsWith(`: ${name}`))?.id ?? 'not in the trace';
}

/** The spans of the order as Lens names them; a call with one id is one row. */
const ROWS = [
  'frontend: get /',
  'backend: post /checkout',
  'mysql: insert',
  'frontend: send order',
  'shipping: receive order',
];
const UPLOADED = 'fedcba9876543210';

/** Everything that can be read on the page. */
function shown(page: Page): Promise<string> {
  return page.getByRole('main').ariaSnapshot();
}

/** Warnings that Lens has everywhere, also on Zipkin's own server. */
const USUAL = /react-i18next|GPU stall due to ReadPixels/;
