// Finding in a long text: where it is, as far as anybody wants to go through it.

/** Where a text begins in another, in any case; more than the most are not looked for. */
export function placesOf(text: string, sought: string): number[] {
  const needle = sought.toLowerCase();
  if (needle === '') return [];
  const lower = text.toLowerCase();
  // A few letters change their length with their case: then places would not be the text's.
  const hay = lower.length === text.length ? lower : text;
  const places: number[] = [];
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + needle.length)) {
    places.push(at);
    if (places.length >= MOST_PLACES) break;
  }
  return places;
}

export const MOST_PLACES = 10_000;
