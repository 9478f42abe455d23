// A file is looked at: in every form the same hops, from every way in, and nothing of it is kept.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ATTACKS } from './attacks.ts';
import { lone } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

const world = standUp(async (hopline) => {
  await hopline.zipkin([lone('kept', 'root', 5)]);
});

const FILES = ['zipkin', 'zipkin-v1', 'otlp', 'jaeger'] as const;

function read(name: string): Buffer {
  const folder = new URL('../../collector/tests/fixtures/view/', import.meta.url);
  return readFileSync(fileURLToPath(new URL(`${name}.json`, folder)));
}

const asFile = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/json', buffer });

async function choose(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.goto('/view');
  await page.getByLabel(/Choose a file/).setInputFiles(asFile(name, buffer));
}

const waterfall = (page: Page) => page.getByRole('treegrid', { name: 'Waterfall' });

async function hops(page: Page): Promise<string[]> {
  await page.locator('[data-hop="2"]').waitFor();
  return page
    .locator('[data-hop]')
    .evaluateAll((rows) => rows.map((row) => row.ariaLabel ?? row.textContent ?? ''));
}

test('the four forms of one trace show the same hops, and none is stored', async () => {
  const shown: string[][] = [];
  for (const form of FILES) {
    const page = await world.page();
    await choose(page, `${form}.json`, read(form));
    await page.getByText('From a file. Not stored.').waitFor();
    shown.push(await hops(page));
    await expectAddress(page, '/view', { file: `${form}.json` });
  }
  expect(shown[0]?.join()).toContain('payments');
  for (const other of shown.slice(1)) expect(other).toEqual(shown[0]);
  const services = await world.hopline.ask('/api/v2/services');
  expect(services).toEqual(['kept']);
});

test('every view, the panel, and what downloads can be looked at again', async () => {
  const page = await world.page();
  await choose(page, 'shop.json', read('jaeger'));
  await waterfall(page).waitFor();
  await page.locator('[data-hop="1"]').click();
  await page.getByRole('complementary', { name: 'Selected hop' }).waitFor();
  await expectAddress(page, '/view', { file: 'shop.json', span: '0000000000000003' });
  const before = await hops(page);
  for (const [format, name] of [
    ['Zipkin', 'zipkin'],
    ['OTLP', 'otlp'],
    ['Hopline', 'hopline'],
  ] as const) {
    await page.getByRole('button', { name: 'Download', exact: true }).click();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: `Download as ${format}` }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe(`shop.${name}.json`);
    const again = await world.page();
    await choose(again, 'again.json', readFileSync(await download.path()));
    expect(await hops(again), format).toEqual(before);
  }
  for (const view of ['Call tree', 'Flame graph', 'Table', 'Graph']) {
    await page.getByRole('tab', { name: view, exact: true }).click();
    await page.getByRole('treegrid').or(page.getByRole('table')).first().waitFor();
  }
  await page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: 'Raw' }).click();
  for (const format of ['Zipkin', 'OTLP', 'Hopline']) {
    await page.getByRole('button', { name: format, exact: true }).click();
    await page.getByRole('region', { name: format }).getByText('traceId').waitFor();
  }
  await page.getByRole('button', { name: 'Close the file' }).click();
  await page.getByRole('heading', { name: 'Look at a trace file' }).waitFor();
  await expectAddress(page, '/view');
});

test('dropped on the search page, packed or not, and several at once', async () => {
  const page = await world.page();
  for (const [files, words] of [
    [[['a.json', read('zipkin')]], 'a.json'],
    [[['a.json.gz', gzipSync(read('otlp'))]], 'a.json.gz'],
    [
      [
        ['a.json', read('zipkin')],
        ['b.json', Buffer.from(JSON.stringify([lone('other', 'root', 7)]))],
      ],
      'a.json +1',
    ],
  ] as [[string, Buffer][], string][]) {
    await page.goto('/');
    await page.getByRole('list', { name: 'Traces found' }).waitFor();
    const transfer = await page.evaluateHandle(
      (files) => {
        const transfer = new DataTransfer();
        for (const [name, bytes] of files)
          transfer.items.add(
            new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name),
          );
        return transfer;
      },
      files.map(([name, bytes]) => [name, bytes.toString('base64')] as const),
    );
    await page.dispatchEvent('main', 'dragenter', { dataTransfer: transfer });
    await page.getByText('Drop to look at it.').waitFor();
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
    await page
      .getByRole('region', { name: 'The file' })
      .getByText(words, { exact: true })
      .waitFor();
  }
  // Two traces are a list, and a way back to it.
  await page.getByRole('heading', { name: '2 traces in the file' }).waitFor();
  await page.getByRole('link', { name: /get \/checkout/ }).click();
  await waterfall(page).waitFor();
  await page.getByRole('link', { name: 'All 2 traces' }).click();
  await page.getByRole('link', { name: /other/ }).waitFor();
});

test('pasted text stays when it is refused, and the server says where it is wrong', async () => {
  const page = await world.page({ expected: /status of 400/ });
  await page.goto('/view');
  const field = page.getByLabel('Or paste the JSON');
  await field.fill('{"resourceSpans": [{"scopeSpans": 7}]}');
  await field.press('Control+Enter');
  const alert = page.getByRole('alert');
  await alert.getByText('path $.resourceSpans[0].scopeSpans').waitFor();
  expect(await alert.textContent()).toContain('Jaeger');
  expect(await field.inputValue()).toContain('"scopeSpans": 7');
  await field.fill(read('zipkin-v1').toString());
  await page.getByRole('button', { name: 'Show the pasted trace' }).click();
  await waterfall(page).waitFor();
});

test('a page that is loaded anew says that the file must be chosen again', async () => {
  const page = await world.page();
  await choose(page, 'shop.json', read('otlp'));
  await page.locator('[data-hop="1"]').click();
  await expectAddress(page, '/view', { file: 'shop.json', span: '0000000000000003' });
  await page.reload();
  await page.getByText('shop.json is not open.').waitFor();
  await page.getByLabel(/Choose a file/).setInputFiles(asFile('shop.json', read('otlp')));
  await waterfall(page).waitFor();
});

test('a file that is too large is not sent, and the limit is told', async () => {
  const page = await world.page();
  let sent = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST') sent++;
  });
  await page.goto('/view');
  await page.getByLabel(/Choose a file/).evaluate((input: HTMLInputElement) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(100 << 20).fill(32)], 'large.json'));
    input.files = transfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await page.getByRole('alert').getByText('large.json is too large.').waitFor();
  const words = await page.getByRole('alert').textContent();
  expect(words).toMatch(/100\sMiB.*64\.0\sMiB/);
  expect(sent).toBe(0);
});

test('large files are packed, and their progress is told', async () => {
  const page = await world.page();
  const traces = Array.from({ length: 4000 }, () => lone('many', 'root', 5));
  const bodies: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') bodies.push(request.headers()['content-encoding']);
  });
  await choose(page, 'many.json', Buffer.from(JSON.stringify(traces)));
  await page.getByRole('heading', { name: /4,000 traces in the file/ }).waitFor();
  await page.getByText('the newest 1,000 are listed').waitFor();
  expect(bodies).toEqual(['gzip']);
});

test('by keyboard alone', async () => {
  const page = await world.page();
  await page.goto('/');
  await page.getByRole('list', { name: 'Traces found' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await expectAddress(page, '/view');
  await page.getByRole('heading', { name: 'Look at a trace file' }).waitFor();
  // Asked for before the key that focuses, so that the browser knows that its dialog is not wanted.
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('/');
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('type')))
    .toBe('file');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(asFile('k.json', read('zipkin')));
  await waterfall(page).waitFor();
});

test.each(ATTACKS)('a file is hostile text like any span: %j', async (attack) => {
  const page = await world.page();
  const spans = [
    lone(attack, attack, 5, { tags: { [attack]: attack, 'http.url': attack } }),
    lone(attack, attack, 5),
  ];
  await choose(page, `${attack}.json`, Buffer.from(JSON.stringify(spans)));
  await page.getByRole('heading', { name: '2 traces in the file' }).waitFor();
  expect(await page.locator('main script, main img, [onerror], svg[onload]').count()).toBe(0);
  await page.getByRole('row').nth(1).getByRole('link').click();
  await page.locator('[data-hop="0"]').click();
  await page.getByRole('complementary', { name: 'Selected hop' }).waitFor();
  expect(await page.locator('main script, main img, [onerror], svg[onload]').count()).toBe(0);
  expect(await page.locator('main a[href^="javascript" i], main a[href^="data" i]').count()).toBe(
    0,
  );
});
