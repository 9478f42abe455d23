// Places in a text.
import { expect, test } from 'vitest';
import { MOST_PLACES, placesOf } from './find-text.ts';

test.each([
  ['Abcabc', 'ABC', [0, 3]],
  ['aaaa', 'aa', [0, 2]],
  ['abc', '', []],
  ['abc', 'x', []],
  // İ has three letters in lower case of some languages, two here: places stay the text's own.
  ['İİ here', 'here', [3]],
])('%j holds %j at %j', (text, sought, places) => {
  expect(placesOf(text, sought)).toEqual(places);
});

test('it goes no further than anybody follows', () => {
  expect(placesOf('a'.repeat(MOST_PLACES + 5), 'a').length).toBe(MOST_PLACES);
});
