// Pictures of every page in both themes, both languages and three widths, for looking at.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'vitest';
import type { Hopline } from './hopline.ts';
import { EXPECTED, type Given, PLACES, give, open } from './pages.ts';
import { sendSample } from './spans.ts';
import { standUp } from './world.ts';

const FOLDER = fileURLToPath(new URL('../shots', import.meta.url));

let given: Given;

const world = standUp(async (hopline) => {
  await sendTraffic(hopline);
  given = await give(hopline);
  given.large = await largest(hopline);
});

/** Names in HOPLINE_SHOTS, or all; looks in HOPLINE_LOOKS, such as light-en-1440, or all. */
const wanted = process.env['HOPLINE_SHOTS']?.split(',');
const looks = process.env['HOPLINE_LOOKS']?.split(',');

const LOOKS = (['light', 'dark'] as const)
  .flatMap((theme) =>
    (['en-US', 'ko-KR'] as const).flatMap((locale) =>
      [1440, 390].map((width) => ({ theme, locale, width })),
    ),
  )
  .concat({ theme: 'light', locale: 'en-US', width: 3840 })
  .map((look) => ({ ...look, name: `${look.theme}-${look.locale.slice(0, 2)}-${look.width}` }))
  .filter(({ name }) => !looks || looks.includes(name));

const HEIGHTS: Record<number, number> = { 390: 844, 1440: 900, 3840: 2160 };

test.each(LOOKS)('$name', async ({ theme, locale, width, name: look }) => {
  for (const name of Object.keys(PLACES)) {
    if (wanted && !wanted.includes(name)) continue;
    const page = await world.page({
      colorScheme: theme,
      locale,
      viewport: { width, height: HEIGHTS[width] ?? 900 },
      expected: EXPECTED,
    });
    await open(page, name, given);
    await page.evaluate(() => document.fonts.ready);
    const language = locale.slice(0, 2);
    await page.waitForFunction((lang) => document.documentElement.lang === lang, language);
    await page.screenshot({ path: join(FOLDER, `${name}-${look}.png`) });
    await page.context().close();
  }
});

async function sendTraffic(hopline: Hopline): Promise<void> {
  const demo = join(dirname(process.env['HOPLINE_BINARY'] ?? ''), 'demo');
  if (existsSync(demo))
    await promisify(execFile)(demo, ['--url', hopline.url, '--count', '60', '--seed', '7']);
  else for (let trace = 0; trace < 20; trace++) await sendSample(hopline);
}

async function largest(hopline: Hopline): Promise<string> {
  const { traces } = (await hopline.ask('/api/hopline/search?limit=100')) as {
    traces: { traceId: string; spanCount: number; errorCount: number }[];
  };
  const worth = (trace: (typeof traces)[number]) =>
    trace.spanCount + (trace.errorCount > 0 ? 20 : 0);
  return traces.sort((a, b) => worth(b) - worth(a))[0]?.traceId ?? '';
}
