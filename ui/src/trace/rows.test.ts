// Rows, folds and filters over any tree.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { madeTrace, makeTrace } from './made-trace.ts';
import { callersOf, foldedToDepth, hasChildren, nextHop, rowOf, visibleRows } from './rows.ts';
import { buildTrace, serviceOf } from './trace.ts';

const everything = { services: new Set<string>(), only: null };

test('a hop has a row exactly when none of its callers is folded', () => {
  fc.assert(
    fc.property(madeTrace, fc.array(fc.nat(59)), (trace, fold) => {
      const folded = new Set(fold);
      const rows = visibleRows(trace, folded, everything).hops;
      for (let hop = 0; hop < trace.hops.count; hop++) {
        const hidden = callersOf(trace, hop).some((caller) => folded.has(caller));
        expect(rowOf(rows, hop) >= 0).toBe(!hidden);
      }
    }),
  );
});

test('a filter keeps what matches and its callers, and counts the rest', () => {
  fc.assert(
    fc.property(madeTrace, fc.constantFrom('a', 'b', 'c'), (trace, service) => {
      const { hops, hiddenByFilter, matches } = visibleRows(trace, new Set(), {
        services: new Set([service]),
        only: null,
      });
      expect(hops.length + hiddenByFilter).toBe(trace.hops.count);
      trace.hops.records.forEach((record, hop) => {
        const right = serviceOf(record) === service;
        expect(matches?.[hop]).toBe(right ? 1 : 0);
        if (!right) return;
        for (const kept of [hop, ...callersOf(trace, hop)])
          expect(rowOf(hops, kept)).toBeGreaterThanOrEqual(0);
      });
    }),
  );
});

test('positions count the siblings, and subtrees end where the next one begins', () => {
  fc.assert(
    fc.property(madeTrace, (trace) => {
      const { hops } = trace;
      for (let hop = 0; hop < hops.count; hop++) {
        expect(hops.position[hop]).toBeLessThanOrEqual(hops.setSize[hop]!);
        const below = [...hops.parent].filter((_, other) =>
          callersOf(trace, other).includes(hop),
        ).length;
        expect(hops.end[hop]).toBe(hop + 1 + below);
      }
    }),
  );
});

test('folding to a depth leaves no deeper row', () => {
  fc.assert(
    fc.property(madeTrace, fc.nat(5), (trace, depth) => {
      const rows = visibleRows(trace, foldedToDepth(trace, depth), everything).hops;
      for (const hop of rows) expect(trace.hops.depth[hop]).toBeLessThanOrEqual(depth);
    }),
  );
});

test('the next hop goes round, and is none when nothing holds', () => {
  expect(nextHop(5, 4, 1, (hop) => hop === 2)).toBe(2);
  expect(nextHop(5, 0, -1, (hop) => hop === 3)).toBe(3);
  expect(nextHop(5, 0, 1, () => false)).toBeNull();
});

test('a chain of 100,000 hops is built and shown without recursion, in a moment', () => {
  const hop = {
    up: 1e9,
    start: 0,
    total: 10,
    way: 0,
    halves: 'both' as const,
    service: 'a',
    error: false,
    critical: 0,
  };
  const before = performance.now();
  const trace = makeTrace(Array.from({ length: 100_000 }, () => hop));
  const { hops } = visibleRows(trace, new Set(), everything);
  expect(hops.length).toBe(100_000);
  expect(trace.hops.depth[99_999]).toBe(99_999);
  expect(performance.now() - before).toBeLessThan(2000);
});

test('a parent that does not come first makes a root, not a loop', () => {
  const trace = makeTrace([
    {
      up: 0,
      start: 0,
      total: 1,
      way: 0,
      halves: 'server',
      service: 'a',
      error: false,
      critical: 0,
    },
  ]);
  const looped = buildTrace(
    trace,
    trace.hops.records.map((record) => ({ ...record, parent: 0 })),
    [],
    trace.spanTimes,
    () => null,
  );
  expect(looped.hops.parent[0]).toBe(-1);
  expect(hasChildren(looped, 0)).toBe(false);
});
