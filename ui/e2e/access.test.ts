// axe-core finds nothing on any page in any of its states, in both themes, both languages and on a phone.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { EXPECTED, type Given, PLACES, give, open } from './pages.ts';
import { standUp } from './world.ts';

let given: Given;

const world = standUp(async (hopline) => {
  given = await give(hopline);
});

type Look = { theme: 'light' | 'dark'; locale: 'en-US' | 'ko-KR'; width: number };

const WIDE: Look[] = (['light', 'dark'] as const).flatMap((theme) =>
  (['en-US', 'ko-KR'] as const).map((locale) => ({ theme, locale, width: 1440 })),
);
const PHONE: Look = { theme: 'light', locale: 'en-US', width: 390 };

// A page that waits or has failed has few elements of its own: two opposite looks are enough.
const CASES = Object.entries(PLACES).flatMap(([name, { state }]) =>
  (state ? [WIDE[0]!, WIDE[3]!, PHONE] : [...WIDE, PHONE]).map((look) => ({ name, ...look })),
);

test.each(CASES)('$name, $theme, $locale, $width', async ({ name, theme, locale, width }) => {
  const height = width === 390 ? 844 : 900;
  const viewport = { width, height };
  const page = await world.page({ colorScheme: theme, locale, viewport, expected: EXPECTED });
  await open(page, name, given);
  await page.waitForFunction((lang) => document.documentElement.lang === lang, locale.slice(0, 2));
  expect(await violations(page)).toEqual([]);
  // Nothing but tables and graphs may be moved sideways, and those by themselves.
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
});

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document);
    return violations.flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary}`),
    );
  });
}
