// Where the words of lines stand in a drawing, so that none lies over another or over a node.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

type Point = readonly [number, number];
/** A curve with two handles between its ends. */
export type Curve = readonly [Point, Point, Point, Point];

/** Along the line: its middle first. */
const PLACES = [0.5, 0.38, 0.62, 0.26, 0.74, 0.16, 0.84];

/**
 * For each curve the middle of its label, or null where there is no room. Those that come first have the first choice.
 */
export function labelPlaces(
  labels: readonly { curve: Curve; width: number; height: number }[],
  nodes: readonly Box[],
): (Point | null)[] {
  const taken = [...nodes];
  return labels.map(({ curve, width, height }) => {
    for (const share of PLACES) {
      const [x, y] = pointOf(curve, share);
      const box = { x: x - width / 2, y: y - height / 2, width, height };
      if (taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      return [x, y];
    }
    return null;
  });
}

function pointOf([a, b, c, d]: Curve, t: number): Point {
  const s = 1 - t;
  const at = (axis: 0 | 1) =>
    s * s * s * a[axis] + 3 * s * s * t * b[axis] + 3 * s * t * t * c[axis] + t * t * t * d[axis];
  return [at(0), at(1)];
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}
