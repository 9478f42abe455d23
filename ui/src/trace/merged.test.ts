// Merging calls, over any tree.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { madeTrace, makeTrace } from './made-trace.ts';
import { mergeCalls } from './merged.ts';
import { serviceOf } from './trace.ts';

const plain = { way: 0, halves: 'server' as const, error: false, critical: 0, start: 0 };

test('the same calls of the same caller stand once, with the longest of them', () => {
  const { trace, counts, longest } = mergeCalls(
    makeTrace([
      { ...plain, up: 0, service: 'a', total: 100 },
      { ...plain, up: 1, service: 'b', total: 10 },
      { ...plain, up: 2, service: 'c', total: 4 },
      { ...plain, up: 1, service: 'b', total: 30, error: true },
      { ...plain, up: 2, service: 'c', total: 6 },
      { ...plain, up: 1, service: 'c', total: 20 },
    ]),
  );
  expect(trace.hops.records.map((record) => serviceOf(record))).toEqual(['a', 'b', 'c', 'c']);
  expect([...trace.hops.parent]).toEqual([-1, 0, 1, 0]);
  expect([...counts]).toEqual([1, 2, 2, 1]);
  expect([...longest]).toEqual([0, 3, 4, 5]);
  expect([...trace.hops.total]).toEqual([100, 40, 10, 20]);
  expect([...trace.hops.start]).toEqual([0, 0, 0, 40]);
  expect([...trace.hops.error]).toEqual([0, 1, 0, 0]);
});

test('each hop is counted once, and what is below never leaves its caller', () => {
  fc.assert(
    fc.property(madeTrace, (whole) => {
      const { trace, counts } = mergeCalls(whole);
      const { hops } = trace;
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(whole.hops.count);
      for (let hop = 0; hop < hops.count; hop++) {
        const parent = hops.parent[hop]!;
        if (parent < 0) continue;
        expect(hops.start[hop]!).toBeGreaterThanOrEqual(hops.start[parent]! - 1e-6);
        expect(hops.start[hop]! + hops.total[hop]!).toBeLessThanOrEqual(
          hops.start[parent]! + hops.total[parent]! + 1e-6,
        );
      }
    }),
  );
});
