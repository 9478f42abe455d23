// Repeated calls in one row: every hop is either shown or stood for, and opening shows it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attemptOf } from './groups.ts';
import { type MadeHop, makeTrace } from './made-trace.ts';
import { groupOfRow, groupsOver, visibleRows } from './rows.ts';

const plain = {
  total: 10,
  way: 0,
  halves: 'both',
  service: 'a',
  error: false,
  critical: 1,
} as const;
const hop = (up: number, start: number, group?: number): MadeHop =>
  group === undefined ? { ...plain, up, start } : { ...plain, up, start, group };
const group = (kind: string, count: number, within: number | null = null) => ({
  kind,
  count,
  errorCount: 0,
  within,
  start: 0,
  durationNano: count,
  criticalNano: null,
});
const NO_FILTER = { services: new Set<string>(), only: null };
const rowsOf = (trace: ReturnType<typeof makeTrace>, opened: number[] = []) => [
  ...visibleRows(trace, new Set(), NO_FILTER, new Set(opened)).hops,
];

test('a loop is one row until it is opened; what is below its calls goes with them', () => {
  // 0 calls 1 (which calls 2), 3, 4; then 5.
  const made = [hop(0, 0), hop(1, 1, 0), hop(2, 2), hop(1, 3, 0), hop(1, 4, 0), hop(1, 5)];
  const trace = makeTrace(made, [group('n-plus-one', 3)]);
  expect(rowsOf(trace)).toEqual([0, 1, 5]);
  expect(groupOfRow(trace, 1, new Set())).toBe(0);
  expect(groupOfRow(trace, 3, new Set())).toBeNull();
  expect(rowsOf(trace, [0])).toEqual([0, 1, 2, 3, 4, 5]);
  expect(groupsOver(trace, 2)).toEqual([0]);
  expect(groupsOver(trace, 1)).toEqual([]);
});

test('attempts keep their rows and say which they are', () => {
  const made = [hop(0, 0), hop(1, 1, 0), hop(1, 2, 0), hop(1, 3)];
  const trace = makeTrace(made, [group('retry', 2)]);
  expect(rowsOf(trace)).toEqual([0, 1, 2, 3]);
  expect(attemptOf(trace.hops, trace.groups, 1)).toEqual({ at: 1, of: 2 });
  expect(attemptOf(trace.hops, trace.groups, 2)).toEqual({ at: 2, of: 2 });
  expect(attemptOf(trace.hops, trace.groups, 3)).toBeNull();
});

test('attempts in a loop fold with the loop, and a circle of groups ends', () => {
  const made = [hop(0, 0), hop(1, 1, 0), hop(1, 2, 1), hop(1, 3, 1)];
  expect(rowsOf(makeTrace(made, [group('n-plus-one', 3), group('retry', 2, 0)]))).toEqual([0, 1]);
  const circle = [group('n-plus-one', 1, 1), group('retry', 2, 0)];
  expect(rowsOf(makeTrace(made, circle))).toEqual([0, 1]);
});

test('whatever the server says of groups, all rows are there once all are open', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(4), fc.integer({ min: -2, max: 3 })), {
        minLength: 1,
        maxLength: 30,
      }),
      (shape) => {
        const made = shape.map(([up, of], start) => hop(up, start, of));
        const trace = makeTrace(made, [
          group('repeat', 2),
          group('fan-out', 3, 0),
          group('odd', 9, 7),
        ]);
        expect(rowsOf(trace, [0, 1, 2])).toEqual(made.map((_, index) => index));
        for (let at = 0; at < made.length; at++)
          expect(rowsOf(trace, groupsOver(trace, at))).toContain(at);
      },
    ),
  );
});
