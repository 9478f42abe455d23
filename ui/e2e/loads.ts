// An hour of a shop with a trouble in it, in place of the server's answer: for what a test cannot wait for.
import type { Page } from 'playwright-core';
import { manyServices } from '../src/trace/many-services.ts';
import { loadsAnswer } from '../dev/loads.ts';

export async function madeUpLoads(page: Page): Promise<void> {
  await page.route(/\/api\/hopline\/(services|dependencies)/, (route) =>
    route.fulfill({ json: loadsAnswer(new URL(route.request().url())) }),
  );
}

/** As many services as asked, in place of the server's answer: one call in seven fails now and then. */
export function manyLoads(count: number, url: URL): unknown {
  const [from, to] = [Number(url.searchParams.get('from')), Number(url.searchParams.get('to'))];
  const { names, calls } = manyServices(count);
  return {
    searched: { from, to },
    stepMs: Math.ceil((to - from) / 60),
    truncated: false,
    services: names.map((service, index) => ({
      service,
      virtual: index === count - 1,
      kind: index === count - 1 ? 'database' : null,
    })),
    edges: calls.map(({ caller, callee }, index) => ({
      caller,
      callee,
      kind: 'rpc',
      requests: 100 + 37 * index,
      errors: index % 7 === 0 ? 5 + index : 0,
      p50Nano: 5e6,
      p90Nano: 2e7,
      p99Nano: 8e7,
      series: [],
      exemplars: [],
    })),
  };
}
