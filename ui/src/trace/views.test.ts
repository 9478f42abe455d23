// The other views of a trace: nothing is lost, nothing overlaps, and the sums are those of the trace.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flameOf, hopAt, neighbour } from './flame.ts';
import { madeTrace } from './made-trace.ts';
import { formatFactor, formatPercentile, isUnusual } from './peers.ts';
import { layOut } from './raw.ts';
import { serviceGraphOf } from './service-graph.ts';
import { COLUMNS, ordered, statisticsOf } from './statistics.ts';

const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);

test('statistics count every hop once, in any order', () => {
  fc.assert(
    fc.property(madeTrace, fc.constantFrom(...COLUMNS), fc.boolean(), (trace, column, down) => {
      for (const by of ['service', 'operation'] as const) {
        const rows = ordered(statisticsOf(trace, by), { column, down });
        expect(sum(rows.map((row) => row.count))).toBe(trace.hops.count);
        expect(sum(rows.map((row) => row.errors))).toBe(sum(trace.hops.error));
        expect(sum(rows.map((row) => row.critical))).toBe(sum(trace.hops.critical));
        for (const row of rows) expect(row.p50).toBeLessThanOrEqual(row.max);
        if (column === 'name') continue;
        const known = rows.map((row) => row[column]).filter((value) => !Number.isNaN(value));
        expect(known).toEqual([...known].sort((a, b) => (down ? b - a : a - b)));
      }
    }),
  );
});

test('on no lane of the flame graph two bars overlap, and each is below its caller', () => {
  fc.assert(
    fc.property(madeTrace, (trace) => {
      const flame = flameOf(trace);
      const { hops } = trace;
      expect(sum(flame.byLane.map((lane) => lane.length))).toBe(hops.count);
      for (let hop = 0; hop < hops.count; hop++)
        if (hops.parent[hop]! >= 0)
          expect(flame.lane[hop]!).toBeGreaterThan(flame.lane[hops.parent[hop]!]!);
      for (const lane of flame.byLane) {
        for (let at = 1; at < lane.length; at++) {
          const [one, next] = [lane[at - 1]!, lane[at]!];
          expect(hops.start[next]! >= hops.start[one]! + hops.total[one]!).toBe(true);
        }
      }
      const [first] = flame.byLane[0]!;
      expect(hopAt(trace, flame, 0, hops.start[first!]!, 0)).not.toBeNull();
    }),
  );
});

test('the arrow keys lead along the tree and back', () => {
  fc.assert(
    fc.property(madeTrace, (trace) => {
      for (let hop = 0; hop < trace.hops.count; hop++) {
        const call = neighbour(trace, hop, 'call');
        if (call !== null) expect(neighbour(trace, call, 'caller')).toBe(hop);
        const after = neighbour(trace, hop, 'after');
        if (after !== null) expect(neighbour(trace, after, 'before')).toBe(hop);
      }
    }),
  );
});

test('the graph has every service once, and no line from a service to itself', () => {
  fc.assert(
    fc.property(madeTrace, (trace) => {
      const graph = serviceGraphOf(trace);
      const names = graph.nodes.map((node) => node.service);
      expect(new Set(names).size).toBe(names.length);
      expect(sum(graph.nodes.map((node) => node.calls))).toBe(trace.hops.count);
      const places = graph.nodes.map((node) => `${node.column} ${node.place}`);
      expect(new Set(places).size).toBe(places.length);
      for (const edge of graph.edges) expect(edge.from).not.toBe(edge.to);
    }),
  );
});

test('a hop is unusual from p95 and twice the median on, with calls enough to tell', () => {
  const peers = { window: '24h', count: 100, p50Nano: 1, p99Nano: 5, percentile: 99, slower: 4 };
  expect(isUnusual(peers)).toBe(true);
  expect(isUnusual({ ...peers, count: 19 })).toBe(false);
  expect(isUnusual({ ...peers, percentile: 94.9 })).toBe(false);
  expect(isUnusual({ ...peers, slower: 1.9 })).toBe(false);
  expect([formatFactor(4.61, 'en'), formatFactor(12.4, 'ko')]).toEqual(['4.6×', '12배']);
  expect([formatPercentile(99.6), formatPercentile(100)]).toEqual(['p99.6', 'p99.9']);
});

test('raw text that is no JSON stays as it is', () => {
  expect(layOut('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(layOut('<script>')).toBe('<script>');
});
