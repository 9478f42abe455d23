// A trace whose every name is meant to break the page, in every view: nothing runs, nothing bursts the page, and the
// panel shows what was sent.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type ZipkinSpan, ago, lone, newId } from './spans.ts';
import { VIEWS } from '../src/trace/trace-view.ts';
import { standUp } from './world.ts';

const LONG = 10_000;
const NAMES: Record<string, string> = {
  script: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'a name of 10 kB': 'unbroken'.repeat(LONG / 8),
  'many words': 'a b '.repeat(500),
  'right to left': '\u202egnp.txt\u202c שלום עולם',
  'zero width': 'a\u200b\u200d\u2060\ufeffb'.repeat(30),
  'marks on marks': `z${'\u0301\u0323'.repeat(300)}`,
  'lines and controls': 'one\ntwo\tthree\u0001\u0007',
  formula: '=HYPERLINK("http://x.example","y")',
  link: 'javascript:alert(1)//https://x.example',
};

let traceId = '';
const world = standUp(async (hopline) => {
  const root = lone('victim', 'root', 900, { timestamp: ago(60) });
  traceId = root.traceId;
  const spans = Object.values(NAMES).map((name, index): ZipkinSpan => ({
    ...lone(name, name, 50, { traceId, id: newId(8), parentId: root.id }),
    kind: index % 2 === 0 ? 'SERVER' : 'CLIENT',
    timestamp: root.timestamp + index * 90_000,
    remoteEndpoint: { serviceName: name },
    tags: { [name]: name, error: name, 'http.url': name },
    annotations: [{ timestamp: root.timestamp + index * 90_000 + 10_000, value: name }],
  }));
  await hopline.zipkin([root, ...spans]);
});

const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1366, 390].map((width) => ({ colorScheme, width })),
);

test.each(LOOKS)('no view is broken by names, $colorScheme, $width', async (look) => {
  const page = await open(look);
  for (const view of VIEWS) {
    await page.goto(`/traces/${traceId}?view=${view}&only=all`);
    await page.locator('[data-hop]').or(page.locator('main table, main pre')).first().waitFor();
    if (view === 'raw') await page.locator('main pre').getByText('traceId').waitFor();
    await unharmed(page, view);
  }
});

test.each(LOOKS)('the panel shows what was sent, $colorScheme, $width', async (look) => {
  const page = await open(look);
  for (const [what, name] of Object.entries(NAMES)) {
    const at = Object.keys(NAMES).indexOf(what) + 1;
    await page.goto(`/traces/${traceId}?only=all`);
    await page.locator(`[data-hop="${at}"]`).click();
    const panel = page.getByRole('complementary', { name: 'Selected hop' });
    for (const tab of ['Attributes', 'Events', 'Links', 'Process', 'Raw']) {
      await panel.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      await unharmed(page, `${what}, ${tab}`);
      expect(await panel.locator('a[href^="javascript" i], a[href^="data" i]').count()).toBe(0);
    }
    await panel.locator('pre').getByText('traceId').waitFor();
    const sent = JSON.parse(await panel.locator('pre').innerText()) as [ZipkinSpan];
    expect(sent[0].tags?.['http.url'], what).toBe(name);
  }
});

test('the table as CSV has no cell that a spreadsheet would run', async () => {
  const page = await open({ colorScheme: 'light', width: 1366 });
  await page.goto(`/traces/${traceId}?view=table`);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download as CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`${traceId}.csv`);
  const stream = await download.createReadStream();
  let text = '';
  for await (const part of stream) text += String(part);
  expect(text).toContain('service,operation,calls,errors,totalNano');
  expect(text).toContain(`"'=HYPERLINK(""http://x.example"",""y"")"`);
  expect(text).not.toMatch(/(^|,)"?[=+@]/m);
});

function open({ colorScheme, width }: (typeof LOOKS)[number]): Promise<Page> {
  return world.page({ colorScheme, viewport: { width, height: width === 390 ? 844 : 768 } });
}

/** Dialogs, errors and breaches of the policy are watched for by the world. */
async function unharmed(page: Page, where: string): Promise<void> {
  expect(await page.locator('main script, main img, svg[onload], [onerror]').count()).toBe(0);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(beyond, `${where}: the page is wider than the screen`).toBeLessThanOrEqual(0);
}
