// Spans are written by strangers: nothing of them may run, and all of them is shown as text.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { loadsAnswer } from '../dev/loads.ts';
import { ATTACKS } from './attacks.ts';
import { type ZipkinSpan, lone, newId } from './spans.ts';
import { standUp } from './world.ts';

const world = standUp(async (hopline) => {
  await hopline.zipkin([lone('quiet', 'hello', 5)]);
});

const PLACES: Record<string, (attack: string) => Partial<ZipkinSpan>> = {
  'service name': (attack) => ({ localEndpoint: { serviceName: attack } }),
  'span name': (attack) => ({ name: attack }),
  'tag key': (attack) => ({ tags: { [attack]: 'value' } }),
  'tag value': (attack) => ({ tags: { key: attack, error: attack, 'http.url': attack } }),
  annotation: (attack) => ({ annotations: [{ timestamp: Date.now() * 1000, value: attack }] }),
  'remote service': (attack) => ({ kind: 'CLIENT', remoteEndpoint: { serviceName: attack } }),
};

test.each(Object.keys(PLACES))(
  'attacks in a %s are text in the list, the trace and the panel',
  async (place) => {
    const root = lone('victim', 'root', 100);
    const spans = ATTACKS.map((attack) => ({
      ...lone('victim', 'call', 10, { traceId: root.traceId, parentId: root.id, id: newId(8) }),
      ...PLACES[place]?.(attack),
    }));
    await world.hopline.zipkin([root, ...spans]);
    const page = await world.page();
    await page.goto('/');
    await page.getByRole('list', { name: 'Traces found' }).getByRole('listitem').first().waitFor();
    await untouched(page);
    // Calls that are alike share a row until they are opened.
    await page.goto(`/traces/${root.traceId}?open=0`);
    await page.getByRole('row').nth(1).waitFor();
    const panel = page.getByRole('complementary', { name: 'Selected hop' });
    let shown = '';
    for (let hop = 1; hop <= ATTACKS.length; hop++) {
      await page.locator(`[data-hop="${hop}"]`).click();
      await expect
        .poll(() => page.locator(`[data-hop="${hop}"][aria-selected="true"]`).count())
        .toBe(1);
      for (const tab of await panel.getByRole('tab').all()) {
        await tab.click();
        expect(await panel.locator('a[href^="javascript" i], a[href^="data" i]').count()).toBe(0);
      }
      // The last tab is the raw span.
      await panel.locator('pre').getByText('traceId').waitFor();
      shown += await page.getByRole('main').innerText();
      await untouched(page);
    }
    for (const attack of ATTACKS) {
      expect(shown.toLowerCase(), attack).toContain(coreOf(attack));
    }
    for (const view of ['Call tree', 'Flame graph', 'Table', 'Graph']) {
      await page.getByRole('tab', { name: view, exact: true }).click();
      await page.getByRole('treegrid').or(page.getByRole('table')).first().waitFor();
      await untouched(page);
    }
    await page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: 'Raw' }).click();
    for (const format of ['Zipkin', 'OTLP', 'Hopline']) {
      // The panel of the last span has the same choice.
      await page.getByRole('button', { name: format, exact: true }).first().click();
      await page.getByRole('region', { name: format }).getByText('traceId').waitFor();
      await untouched(page);
    }
  },
);

/** Every page that is not the search or a trace, with an attack for each name that it shows. */
const ELSEWHERE: Record<string, (attack: string) => Promise<string> | string> = {
  services: () => '/services',
  service: (attack) => `/services/${encodeURIComponent(attack)}`,
  'dependencies, graph': (attack) =>
    `/dependencies?${new URLSearchParams({ view: 'graph', focus: attack, edge: `${attack}>acme-pay` })}`,
  'dependencies, list': () => '/dependencies?view=list',
  compare: async (attack) => {
    const [a, b] = await Promise.all([attackedTrace(attack), attackedTrace(attack)]);
    return `/compare?${new URLSearchParams({ a, b })}`;
  },
  'compare, groups': async (attack) => {
    const [a, b] = await Promise.all([attackedTrace(attack), attackedTrace(attack)]);
    const search = new URLSearchParams({ service: attack, operation: attack, tag: attack });
    return `/compare?${new URLSearchParams({ a: `${a},${b}`, b: `${search}&from=-1h&to=now` })}`;
  },
  'compare, form': (attack) => {
    const group = `${new URLSearchParams({ service: attack, tag: attack })}&from=-1h&to=now`;
    return `/compare?${new URLSearchParams({ a: group, b: group, edit: '1' })}`;
  },
  // Of a program's services and of reasons some are shown: here the program is the attack.
  status: async (attack) => {
    await world.hopline.zipkin([lone(attack, attack, 5)], attack);
    return '/status';
  },
  'status, refused': async (attack) => {
    // The answer repeats an id that is none, unless it is too long for one.
    const refused = lone(attack, attack, 5, { traceId: attack.slice(-32) });
    await world.hopline.zipkin([refused, lone('shop', 'kept', 5)], attack);
    return '/status?tab=refused';
  },
  lookup: async (attack) => {
    await attackedTrace(attack);
    await attackedTrace(attack);
    return `/lookup?${new URLSearchParams({ q: `x-request-id: ${SHARED_ID}` })}`;
  },
};
const SHARED_ID = 'order-4711-of-two-traces';

/** A trace whose names, tags and error are the attack. */
async function attackedTrace(attack: string): Promise<string> {
  const root = lone(attack, attack, 20, {
    tags: { error: attack, [attack]: attack, 'x-request-id': SHARED_ID },
  });
  const call = lone(attack, attack, 5, {
    traceId: root.traceId,
    parentId: root.id,
    kind: 'CLIENT',
    remoteEndpoint: { serviceName: attack },
  });
  await world.hopline.zipkin([root, call]);
  return root.traceId;
}

test.each(Object.keys(ELSEWHERE))('attacks on the page %s are text', async (place) => {
  const page = await world.page({ expected: /status of 40[04]/ });
  let attack = '';
  // The services and calls of an hour, one of them named as the attack.
  await page.route(/\/api\/hopline\/(services|dependencies)/, (route) => {
    const asked = route.request().url().replaceAll(encodeURIComponent(attack), 'payment');
    const quoted = JSON.stringify(attack);
    const body = ['payment', 'POST /charge', 'SERVER'].reduce(
      (text, name) => text.replaceAll(JSON.stringify(name), () => quoted),
      JSON.stringify(loadsAnswer(new URL(asked))),
    );
    return route.fulfill({ contentType: 'application/json', body });
  });
  for (attack of ATTACKS.slice(0, 9)) {
    await page.goto((await ELSEWHERE[place]?.(attack)) ?? '/');
    const main = page.getByRole('main');
    await expect
      .poll(async () => `${await main.innerText()} ${await valuesOf(page)}`.toLowerCase(), {
        message: `${place}: ${attack}`,
      })
      .toContain(coreOf(attack));
    const links = await main
      .locator('a[href]')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
    expect(links.filter((link) => /^\s*(javascript|data):/i.test(link))).toEqual([]);
    await untouched(page);
  }
});

/** What of an attack is shown as it is: names are kept in lower case, and raw forms escape quotes. */
function coreOf(attack: string): string {
  return /^[<a-z ]*alert\(1\)|gnp\.exe|javascript:alert/.exec(attack)?.[0] ?? 'alert(1)';
}

function valuesOf(page: Page): Promise<string> {
  return page
    .locator('main input')
    .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value).join(' '));
}

test('an attack in the address is text too', async () => {
  const page = await world.page({ expected: /status of 40[04]/ });
  for (const attack of ATTACKS.slice(0, 9)) {
    const keys = new URLSearchParams({ service: attack, tag: `k=${attack}`, minDuration: attack });
    await page.goto(`/?${keys}`);
    await page.getByRole('button', { name: /^Remove service is/ }).waitFor();
    await untouched(page);
    await page.goto(`/lookup?${new URLSearchParams({ q: attack })}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.goto(`/traces/${encodeURIComponent(attack)}`);
    await page.getByRole('main').waitFor();
    await untouched(page);
  }
});

test('an http address becomes a link that says nothing of where it was pressed', async () => {
  const span = lone('linked', 'root', 5, { tags: { 'http.url': 'https://example.com/a?b=c' } });
  await world.hopline.zipkin([span]);
  const page = await world.page();
  await page.goto(`/traces/${span.traceId}?span=${span.id}`);
  const link = page.getByRole('link', { name: 'https://example.com/a?b=c' });
  expect(await link.getAttribute('href')).toBe('https://example.com/a?b=c');
  expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
});

/** No element that a span brought along. Dialogs and policy breaches are watched for by the world. */
async function untouched(page: Page): Promise<void> {
  expect(
    await page.locator('main script, main img, svg[onload], [onerror], base + base').count(),
  ).toBe(0);
}
