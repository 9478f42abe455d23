// Labels along curves.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Curve, labelPlaces } from './label-places.ts';

const point = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }));
const curve = fc.tuple(point, point, point, point) as fc.Arbitrary<Curve>;

test('no label lies over another or over a node', () => {
  fc.assert(
    fc.property(
      fc.array(curve, { maxLength: 12 }),
      fc.array(point, { maxLength: 6 }),
      (curves, at) => {
        const nodes = at.map(([x, y]) => ({ x, y, width: 60, height: 30 }));
        const labels = curves.map((one) => ({ curve: one, width: 50, height: 14 }));
        const places = labelPlaces(labels, nodes);
        expect(places.length).toBe(curves.length);
        const boxes = places.flatMap((place) =>
          place ? [{ x: place[0] - 25, y: place[1] - 7, width: 50, height: 14 }] : [],
        );
        for (const [index, box] of boxes.entries())
          for (const other of [...boxes.slice(0, index), ...nodes]) {
            const apart =
              box.x >= other.x + other.width ||
              other.x >= box.x + box.width ||
              box.y >= other.y + other.height ||
              other.y >= box.y + box.height;
            expect(apart).toBe(true);
          }
      },
    ),
  );
});

test('a line that is alone has its label in its middle', () => {
  const straight: Curve = [
    [0, 0],
    [40, 0],
    [60, 0],
    [100, 0],
  ];
  expect(labelPlaces([{ curve: straight, width: 20, height: 10 }], [])).toEqual([[50, 0]]);
  expect(
    labelPlaces(
      [{ curve: straight, width: 20, height: 10 }],
      [{ x: -50, y: -50, width: 300, height: 100 }],
    ),
  ).toEqual([null]);
});
