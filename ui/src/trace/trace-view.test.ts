// How a trace is looked at survives the address bar.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type TraceView, VIEWS, readTraceView, writeTraceView } from './trace-view.ts';

const view: fc.Arbitrary<TraceView> = fc.record({
  view: fc.constantFrom(...VIEWS),
  span: fc.oneof(fc.constant(null), fc.string({ minLength: 1 })),
  services: fc.array(fc.string({ minLength: 1 }), { maxLength: 4 }),
  only: fc.constantFrom(null, 'error' as const, 'path' as const, 'all' as const),
  find: fc.string(),
  skew: fc.constantFrom('corrected' as const, 'raw' as const),
  path: fc.constantFrom('shown' as const, 'hidden' as const),
  zoom: fc.oneof(
    fc.constant(null),
    fc
      .tuple(fc.nat(1e9), fc.integer({ min: 1, max: 1e9 }))
      .map(([start, width]) => ({ start, end: start + width })),
  ),
  opened: fc.uniqueArray(fc.nat(1000), { maxLength: 5 }),
  fold: fc.array(fc.nat(1e6), { maxLength: 100 }),
});

test('what is written to the address is read from it', () => {
  fc.assert(
    fc.property(view, (looked) => {
      expect(readTraceView(new URLSearchParams(writeTraceView(looked).toString()))).toEqual(looked);
    }),
  );
});

test('too many folds stay out of the address', () => {
  const looked = {
    ...readTraceView(new URLSearchParams()),
    fold: Array.from({ length: 101 }, (_, hop) => hop),
  };
  expect(writeTraceView(looked).has('fold')).toBe(false);
});
