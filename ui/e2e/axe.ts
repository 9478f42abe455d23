// What axe-core finds, and what sticks out, on the pages of the table in each of their looks.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { EXPECTED, type Given, PLACES, type Place, give, open } from './pages.ts';
import { standUp } from './world.ts';

export interface Look {
  theme: 'light' | 'dark';
  locale: 'en-US' | 'ko-KR';
  width: number;
}

export const LIGHT: Look = { theme: 'light', locale: 'en-US', width: 1440 };
export const DARK: Look = { theme: 'dark', locale: 'ko-KR', width: 1440 };
export const PHONE: Look = { ...LIGHT, width: 390 };

/** Holds the pages that are wanted to it; to be called once in a file. */
export function holdPages(wanted: (place: Place) => boolean, looks: readonly Look[]): void {
  let given: Given;
  const world = standUp(async (hopline) => {
    given = await give(hopline);
  });
  const cases = Object.entries(PLACES)
    .filter(([, place]) => wanted(place))
    .flatMap(([name]) => looks.map((look) => ({ name, ...look })));
  test.each(cases)('$name, $theme, $locale, $width', async ({ name, theme, locale, width }) => {
    const viewport = { width, height: width === 390 ? 844 : 900 };
    const page = await world.page({ colorScheme: theme, locale, viewport, expected: EXPECTED });
    await open(page, name, given);
    const language = locale.slice(0, 2);
    await page.waitForFunction((lang) => document.documentElement.lang === lang, language);
    expect(await violations(page)).toEqual([]);
    // Nothing but tables and graphs may be moved sideways, and those by themselves.
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over).toBe(0);
  });
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document);
    return violations.flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary}`),
    );
  });
}
