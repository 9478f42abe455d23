// The end of an axis is round and never below what is shown.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { niceTop } from './nice-top.ts';

test.each([
  [0, 1],
  [-3, 1],
  [NaN, 1],
  [0.13, 0.2],
  [21, 40],
  [50, 50],
  [2.87e9, 4e9],
])('%s ends at %s', (most, top) => expect(niceTop(most)).toBeCloseTo(top, 9));

test('it is at most two and a half times what it shows', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e18, noNaN: true }), (most) => {
      const top = niceTop(most);
      expect(top).toBeGreaterThanOrEqual(most * 0.999999);
      expect(top).toBeLessThanOrEqual(most * 2.5);
    }),
  );
});
