// A trace with everything that a server may tell of one, put between the page and the server.
import type { Page } from 'playwright-core';
import { traceAnswer } from '../dev/calls.ts';
import { checkout } from '../dev/shop.ts';
import { told, whyAnswer } from '../dev/told.ts';

export const TOLD = '000000000000000000000000000070d1';

export async function tellOf(page: Page, service?: string): Promise<void> {
  const answer = told(traceAnswer(TOLD, Date.now() - 60_000, checkout(1, true)));
  const why = whyAnswer(answer);
  const rename = (json: unknown) =>
    service === undefined
      ? json
      : JSON.parse(JSON.stringify(json), (_, value: unknown) =>
          value === 'audit' || value === 'acme-pay' || value === '504' ? service : value,
        );
  const of = (path: string) => (url: URL) =>
    url.pathname.endsWith(`/api/hopline/traces/${TOLD}${path}`);
  await page.route(of(''), (route) => route.fulfill({ json: rename(answer) }));
  await page.route(of('/why'), (route) => route.fulfill({ json: rename(why) }));
}
