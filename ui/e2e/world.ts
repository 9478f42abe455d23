// What every test stands on: one server and one browser a file, a fresh context a test, and an eye on
// what must never happen: console errors, dialogs, breaches of the content security policy.
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Front } from './front.ts';
import { type Hopline, type StartedWith, startHopline } from './hopline.ts';

export interface World {
  hopline: Hopline;
  /** A page with a history and a memory of its own. `expected` names console errors that belong to the test. */
  page: (options?: PageOptions) => Promise<Page>;
}

export interface PageOptions extends BrowserContextOptions {
  expected?: RegExp;
}

export interface Surroundings {
  startedWith?: () => StartedWith;
  /** A server between the browser and Hopline. */
  front?: (hopline: Hopline) => Promise<Front>;
  /** Whether the pages are Hopline's own, which never come without a strict policy. */
  ownPages?: boolean;
}

/** To be called once, outside of the tests of a file. */
export function standUp(
  fill?: (hopline: Hopline) => Promise<void>,
  { startedWith, front: before, ownPages = true }: Surroundings = {},
): World {
  let hopline: Hopline | undefined;
  let front: Front | undefined;
  let browser: Browser | undefined;
  const contexts: BrowserContext[] = [];
  const troubles: string[] = [];
  beforeAll(async () => {
    hopline = await startHopline(startedWith?.());
    front = await before?.(hopline);
    browser = await startBrowser();
    await fill?.(hopline);
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(troubles.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await front?.stop();
    await hopline?.stop();
  });
  return {
    get hopline() {
      if (!hopline) throw new Error('the server is not started yet');
      return hopline;
    },
    page: async ({ expected, ...options } = {}) => {
      if (!browser || !hopline) throw new Error('the browser is not started yet');
      const context = await browser.newContext({
        baseURL: front?.url ?? hopline.url,
        viewport: { width: 1440, height: 900 },
        locale: 'en-US',
        timezoneId: 'Asia/Seoul',
        reducedMotion: 'reduce',
        ...options,
      });
      contexts.push(context);
      context.setDefaultTimeout(10_000);
      await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      const page = await context.newPage();
      const report = (trouble: string) => {
        if (!expected?.test(trouble)) troubles.push(trouble);
      };
      watch(page, report);
      if (ownPages) watchPolicy(page, report);
      return page;
    },
  };
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function watch(page: Page, report: (trouble: string) => void): void {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      report(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => report(`uncaught: ${error.message}`));
  page.on('dialog', (dialog) => {
    report(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // What a page no longer waits for is no trouble.
    if (why !== 'net::ERR_ABORTED') report(`no answer: ${request.url()} ${why}`);
  });
}

function watchPolicy(page: Page, report: (trouble: string) => void): void {
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'document' || response.status() >= 300) return;
    const policy = response.headers()['content-security-policy'] ?? 'none';
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'"])
      if (!policy.includes(part)) report(`${response.url()} has the policy ${policy}`);
    if (policy.includes('unsafe')) report(`${response.url()} has the policy ${policy}`);
  });
}

/** Waits until the address bar holds exactly these keys. */
export async function expectAddress(page: Page, path: string, keys: Record<string, string> = {}) {
  await expect
    .poll(() => {
      const { pathname, searchParams } = new URL(page.url());
      return { path: pathname, keys: Object.fromEntries(searchParams) };
    })
    .toEqual({ path, keys });
}
