// Behind a reverse proxy under a path: everything the window asks for stays below it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { forward, serve } from './front.ts';
import { lone } from './spans.ts';
import { expectAddress, standUp } from './world.ts';

/** How a proxy leads the path to the server. */
const PROXIES = [
  {
    name: 'that takes the path away',
    base: '/tracing',
    startedWith: { flags: ['--base-path', '/tracing'] },
    to: (path: string) => `/${path.slice('/tracing'.length).replace(/^\//, '')}`,
  },
  {
    name: 'that leaves the path to the server',
    base: '/ops/tracing',
    startedWith: { variables: { HOPLINE_BASE_PATH: '/ops/tracing/' } },
    to: (path: string) => path,
  },
  {
    name: 'that was made for Zipkin',
    base: '/ops/zipkin',
    startedWith: { variables: { ZIPKIN_UI_BASEPATH: '/ops/zipkin' } },
    to: (path: string) => path.slice('/ops'.length),
    bookmarks: '',
  },
  {
    name: 'that forwards /zipkin/ alone, without a setting',
    base: '/zipkin',
    startedWith: {},
    to: (path: string) => path,
    bookmarks: '',
  },
];

describe.each(PROXIES)('a proxy $name', ({ base, startedWith, to, bookmarks = '/zipkin' }) => {
  /** What was asked beside the path, where other programs live. */
  const astray: string[] = [];
  const world = standUp(undefined, {
    startedWith: () => startedWith,
    front: () =>
      serve((asked, answer) => {
        const path = asked.url ?? '/';
        const below = path.startsWith(base) && /^([/?]|$)/.test(path.slice(base.length));
        if (below) return forward(asked, answer, world.hopline.url, to(path));
        astray.push(path);
        answer.writeHead(404).end();
      }),
  });
  const at = (path: string) => `${base}${path}`;

  // The order matters: the store is empty only once.
  test('the first steps name the whole address, and the sample arrives', async () => {
    const page = await world.page();
    await page.goto(at('/'));
    const { origin } = new URL(page.url());
    const snippet = page.getByRole('tabpanel', { name: 'curl' });
    await snippet.waitFor();
    expect(await snippet.textContent()).toContain(`${origin}${base}/api/v2/spans`);
    await page.getByRole('button', { name: 'Load a sample trace' }).click();
    await page.getByRole('treegrid', { name: 'Waterfall' }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(new RegExp(`^${base}/traces/[0-9a-f]{32}$`));
    expect(astray.splice(0)).toEqual([]);
  });

  test('search, a trace, the same address again, and back', async () => {
    const span = lone('shop', 'get /', 120, { tags: { 'x-request-id': 'request-7' } });
    await world.hopline.zipkin([span]);
    const page = await world.page();
    await page.goto(at('?service=shop'));
    await page.getByRole('link', { name: 'shop get /' }).click();
    await expectAddress(page, at(`/traces/${span.traceId}`));
    await page.reload();
    await page.getByRole('treegrid', { name: 'Waterfall' }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'shop get /' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByLabel('Id or log line').fill('request-7');
    const matches = page.getByRole('listbox', { name: 'Matches, best first' });
    await matches.getByText('x-request-id').waitFor();
    await page.keyboard.press('Enter');
    await expectAddress(page, at(`/traces/${span.traceId}`), { span: span.id });
    await page.getByRole('link', { name: 'Search', exact: true }).first().click();
    await expectAddress(page, at('/'));
    expect(await page.evaluate(() => document.fonts.check('16px "Inter Variable"'))).toBe(true);
    expect(astray.splice(0)).toEqual([]);
  });

  test('a file that is looked at', async () => {
    const page = await world.page();
    await page.goto(at('/view'));
    const span = lone('filed', 'get /', 120);
    await page.getByLabel(/Choose a file/).setInputFiles({
      name: 'a.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify([span])),
    });
    await page.getByRole('treegrid', { name: 'Waterfall' }).waitFor();
    await expectAddress(page, at('/view'), { file: 'a.json' });
    expect(astray.splice(0)).toEqual([]);
  });

  test('bookmarks of Zipkin’s page', async () => {
    const page = await world.page();
    await page.goto(at(`${bookmarks}/?serviceName=shop`));
    await expectAddress(page, at('/'), { service: 'shop' });
    const link = page.getByRole('link', { name: 'shop get /' });
    const id = new URL((await link.getAttribute('href')) ?? '', page.url()).pathname
      .split('/')
      .at(-1);
    await page.goto(at(`${bookmarks}/traces/${id}`));
    await page.getByRole('treegrid', { name: 'Waterfall' }).waitFor();
    await expectAddress(page, at(`/traces/${id}`));
    await page.goto(at(`${bookmarks}/dependency`));
    await expectAddress(page, at('/dependencies'));
    expect(astray.splice(0)).toEqual([]);
  });

  test('the shell asks through the proxy', async () => {
    const page = await world.page();
    await page.goto(at('/'));
    const url = new URL(at('/'), page.url()).href;
    const hopline = process.env['HOPLINE_BINARY'] ?? '';
    const { stdout } = await promisify(execFile)(hopline, ['find', 'request-7', '--url', url]);
    expect(stdout).toContain('shop');
    expect(astray.splice(0)).toEqual([]);
  });
});
