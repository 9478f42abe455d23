// What real client libraries report from three real processes, as an engineer sees it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { standUp } from './world.ts';

const runShop = join(import.meta.dirname, '../../collector/tests/clients/shop/run_shop');

interface Sale {
  traceId: string;
  requestId: string;
}

const world = standUp();

test.each([
  ['py_zipkin', 'zipkin'],
  ['the OpenTelemetry SDK', 'otlp'],
])(
  'a shop with %s: its request id leads to its slow hop',
  { timeout: 60_000 },
  async (_, flavour) => {
    const { stdout } = await promisify(execFile)(runShop, [flavour, world.hopline.url]);
    const { fine, failed } = JSON.parse(stdout) as { fine: Sale; failed: Sale };
    const page = await world.page();

    // The correlation id, pasted into the box that every page has.
    await page.goto('/');
    await page.getByRole('button', { name: /Paste a trace id/ }).click();
    await page.getByRole('dialog', { name: 'Look up an id' }).waitFor();
    await page.getByLabel('Id or log line').fill(fine.requestId);
    await page
      .getByRole('listbox', { name: 'Matches, best first' })
      .getByRole('option')
      .first()
      .getByText('x-request-id')
      .waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/traces/${fine.traceId}`));

    // Three processes are three hops, each below the one that called it.
    const rows = page.getByRole('treegrid', { name: 'Waterfall' }).locator('[data-hop]');
    await expect.poll(() => rows.count()).toBe(3);
    for (const [index, service] of ['gateway', 'orders', 'inventory'].entries()) {
      const row = page.locator(`[data-hop="${index}"]`);
      expect(await row.getAttribute('aria-level')).toBe(String(index + 1));
      expect(await row.innerText()).toContain(service);
    }

    // The slow one says so: most of its time is its own.
    await page.locator('[data-hop="2"]').click();
    const panel = page.getByRole('complementary', { name: 'Selected hop' });
    for (const part of ['Client total', 'Network', 'Server', 'Self'])
      await panel.getByText(part, { exact: true }).first().waitFor();
    const self = (await panel.innerText()).match(/Self\s+([\d.]+)\s*(ms|s)/);
    expect(Number(self?.[1]) * (self?.[2] === 's' ? 1000 : 1)).toBeGreaterThanOrEqual(290);
    await panel.getByText(fine.requestId).first().waitFor();

    // The sale that failed is among the errors.
    await page.goto(`/traces/${failed.traceId}`);
    await page.getByRole('treegrid', { name: 'Waterfall' }).waitFor();
    await page.getByText(/error/i).first().waitFor();
  },
);
