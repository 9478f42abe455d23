// What is near a service, what a moment of time holds, and where everything stands.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOut } from './graph-layout.ts';
import { type Levels, playedEdges, within } from './graph.ts';
import type { Edge } from './load.ts';

const edge = (caller: string, callee: string, series: Edge['series'] = []): Edge => ({
  caller,
  callee,
  kind: 'rpc',
  exemplars: [],
  requests: 1,
  errors: 0,
  p50: null,
  p90: null,
  p99: null,
  before: null,
  series,
});
const CHAIN = [edge('a', 'b'), edge('b', 'c'), edge('c', 'd'), edge('x', 'c'), edge('d', 'a')];

test.each([
  ['b', 1, 'abc'],
  ['b', 2, 'abcd'],
  ['c', 1, 'bcdx'],
  ['x', 'all', 'abcdx'],
  ['nowhere', 2, 'nowhere'],
] as [string, Levels, string][])('%s within %s', (focus, levels, expected) => {
  const names = [...(within(CHAIN, focus, levels) ?? [])].sort();
  expect(names).toEqual(expected === 'nowhere' ? [expected] : [...expected]);
});

test('without a focus nothing is far', () => expect(within(CHAIN, null, 1)).toBeNull());

test('a played window adds its points up, and tells the worst of the percentiles', () => {
  const point = (startMillis: number, requests: number, p99: number | null) => ({
    startMillis,
    requests,
    errors: requests > 2 ? 1 : 0,
    p50: null,
    p90: null,
    p99,
  });
  const played = [edge('a', 'b', [point(0, 1, 5), point(10, 3, 9), point(20, 4, 2)])];
  expect(playedEdges(played, 0, 20)[0]).toMatchObject({
    requests: 4,
    errors: 1,
    p99: 9,
    p50: null,
  });
  expect(playedEdges(played, 30, 40)).toEqual([]);
});

test('callers stand left of what they call; loops, names of the library and of nobody are laid out too', () => {
  const laid = layOut(
    ['a', 'b', 'c'],
    [
      { caller: 'a', callee: 'b' },
      { caller: 'b', callee: 'c' },
    ],
  );
  const x = (name: string) => laid.nodes.get(name)?.x ?? NaN;
  expect(x('a')).toBeLessThan(x('b'));
  expect(x('b')).toBeLessThan(x('c'));
  const name = fc.constantFrom('a', '__proto__', 'constructor', '', '\u0000', 'b');
  fc.assert(
    fc.property(fc.array(fc.record({ caller: name, callee: name }), { maxLength: 20 }), (edges) => {
      const names = [...new Set(edges.flatMap(({ caller, callee }) => [caller, callee]))];
      const laid = layOut(names, edges);
      expect(laid.nodes.size).toBe(names.length);
      for (const place of laid.nodes.values())
        expect(Number.isFinite(place.x + place.y)).toBe(true);
      expect(laid.edges.every((points) => points.length >= 2)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
