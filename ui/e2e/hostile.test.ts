// Spans are written by strangers: nothing of them may run, and all of them is shown as text.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type ZipkinSpan, lone, newId } from './spans.ts';
import { standUp } from './world.ts';

const world = standUp(async (hopline) => {
  await hopline.zipkin([lone('quiet', 'hello', 5)]);
});

const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "'-alert(1)-'",
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  '</title><script>alert(1)</script>',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '\u202egnp.exe\u0000\u0007 &lt;b&gt;',
] as const;

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
      // Names are kept in lower case, and the raw form escapes quotes.
      const core = /^[<a-z ]*alert\(1\)|gnp\.exe|javascript:alert/.exec(attack)?.[0] ?? 'alert(1)';
      expect(shown.toLowerCase(), attack).toContain(core);
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
