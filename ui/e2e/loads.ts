// An hour of a shop with a trouble in it, in place of the server's answer: for what a test cannot wait for.
import type { Page } from 'playwright-core';
import { loadsAnswer } from '../dev/loads.ts';

export async function madeUpLoads(page: Page): Promise<void> {
  await page.route(/\/api\/hopline\/(services|dependencies)/, (route) =>
    route.fulfill({ json: loadsAnswer(new URL(route.request().url())) }),
  );
}
