// What stands where: three, thirty and three hundred services; the next one by arrows; labels apart.
import { expect, test } from 'vitest';
import { NODE_HEIGHT, NODE_WIDTH, apart, layOut, toThe } from './graph-layout.ts';
import { manyServices } from './many-services.ts';

test.each([3, 30, 300])('%i services stand beside each other, none upon another', (count) => {
  const { names, calls } = manyServices(count);
  const begun = performance.now();
  const { nodes, edges } = layOut(names, calls);
  // A person waits for it; the machine of the tests is slower than theirs.
  expect(performance.now() - begun).toBeLessThan(5000);
  expect(nodes.size).toBe(count);
  expect(edges.every((points) => points.length >= 2)).toBe(true);
  const places = [...nodes.values()].sort((a, b) => a.x - b.x);
  places.forEach((place, index) => {
    for (let next = index + 1; next < places.length; next++) {
      const other = places[next]!;
      if (other.x - place.x >= NODE_WIDTH) break;
      expect(Math.abs(other.y - place.y)).toBeGreaterThanOrEqual(NODE_HEIGHT);
    }
  });
});

test('arrows lead to the nearest that way, and reach every service', () => {
  const nodes = new Map([
    ['a', { x: 0, y: 0 }],
    ['b', { x: 200, y: 0 }],
    ['c', { x: 200, y: 60 }],
    ['d', { x: 400, y: 300 }],
  ]);
  expect(toThe('right', nodes, 'a')).toBe('b');
  expect(toThe('down', nodes, 'b')).toBe('c');
  expect(toThe('up', nodes, 'c')).toBe('b');
  expect(toThe('left', nodes, 'd')).toBe('c');
  expect(toThe('left', nodes, 'a')).toBeNull();
  expect(toThe('left', nodes, 'nobody')).toBeNull();
  const { names, calls } = manyServices(300);
  const laid = layOut(names, calls).nodes;
  const reached = new Set([names[0]!]);
  for (const name of reached)
    for (const direction of ['left', 'right', 'up', 'down'] as const) {
      const next = toThe(direction, laid, name);
      if (next !== null) reached.add(next);
    }
  expect(reached.size).toBe(300);
});

test('a label makes room for those before it', () => {
  const at = (x: number, y: number) => ({ x, y, width: 100 });
  const places = apart([at(0, 0), at(50, 5), at(50, 0), at(300, 0)]);
  expect(places[0]).toEqual({ x: 0, y: 0 });
  expect(places[3]).toEqual({ x: 300, y: 0 });
  const heights = places
    .slice(0, 3)
    .map(({ y }) => y)
    .sort((a, b) => a - b);
  expect(heights[1]! - heights[0]!).toBeGreaterThanOrEqual(20);
  expect(heights[2]! - heights[1]!).toBeGreaterThanOrEqual(20);
});
