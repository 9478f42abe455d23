// The bar of a hop: its parts adjoin and fill exactly the hop's time.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { barOf } from './bar.ts';
import { type MadeHop, madeTrace, makeTrace } from './made-trace.ts';

test('segments adjoin, do not overlap, and add up to the total', () => {
  fc.assert(
    fc.property(madeTrace, (trace) => {
      for (let hop = 0; hop < trace.hops.count; hop++) {
        const segments = barOf(trace, hop);
        const start = trace.hops.start[hop]!;
        let at = start;
        for (const segment of segments) {
          expect(segment.start).toBe(at);
          expect(segment.end).toBeGreaterThan(segment.start);
          at = segment.end;
        }
        expect(at - start).toBeCloseTo(trace.hops.total[hop]!, 6);
      }
    }),
  );
});

const hop = (more: Partial<MadeHop>): MadeHop => ({
  up: 0,
  start: 0,
  total: 100,
  way: 0,
  halves: 'both',
  service: 'a',
  error: false,
  critical: 0,
  ...more,
});

test('network lies before and after the server, and calls below are waited for', () => {
  const trace = makeTrace([
    hop({ way: 0.1 }),
    hop({ up: 1, start: 30, total: 20, halves: 'client' }),
  ]);
  expect(barOf(trace, 0)).toEqual([
    { part: 'network', start: 0, end: 10 },
    { part: 'self', start: 10, end: 30 },
    { part: 'below', start: 30, end: 50 },
    { part: 'self', start: 50, end: 90 },
    { part: 'network', start: 90, end: 100 },
  ]);
});

test('one half alone is a split unknown, never a zero', () => {
  expect(barOf(makeTrace([hop({ halves: 'client' })]), 0)).toEqual([
    { part: 'unknown', start: 0, end: 100 },
  ]);
});

test('parallel calls are waited for once', () => {
  const trace = makeTrace([
    hop({}),
    hop({ up: 1, start: 10, total: 40 }),
    hop({ up: 1, start: 20, total: 50 }),
  ]);
  expect(barOf(trace, 0).filter((segment) => segment.part === 'below')).toEqual([
    { part: 'below', start: 10, end: 70 },
  ]);
});
