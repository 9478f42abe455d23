// Where the services of a graph stand: callers left of what they call, in layers.
import dagre from '@dagrejs/dagre';

export interface Place {
  x: number;
  y: number;
}

export interface GraphLayout {
  width: number;
  height: number;
  /** The middle of each node. */
  nodes: Map<string, Place>;
  /** The bends of each edge, from its caller to its callee; in the order that was given. */
  edges: Place[][];
}

export const NODE_WIDTH = 148;
export const NODE_HEIGHT = 40;

export function layOut(
  names: readonly string[],
  edges: readonly { caller: string; callee: string }[],
): GraphLayout {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: 'LR',
    ranksep: 120,
    nodesep: 28,
    edgesep: 12,
    marginx: 16,
    marginy: 16,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  // Names are strangers' text: numbers stand for them, so that none can be a word of the library's own.
  const number = new Map(names.map((name, index) => [name, String(index)]));
  for (const id of number.values()) {
    graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  }
  edges.forEach(({ caller, callee }, index) => {
    const [from, to] = [number.get(caller), number.get(callee)];
    if (from !== undefined && to !== undefined) graph.setEdge(from, to, {}, String(index));
  });
  dagre.layout(graph);
  const whole = graph.graph();
  return {
    width: whole.width ?? 0,
    height: whole.height ?? 0,
    nodes: new Map(
      [...number].map(([name, id]) => {
        const { x, y } = graph.node(id);
        return [name, { x: x ?? 0, y: y ?? 0 }];
      }),
    ),
    edges: edges.map(({ caller, callee }, index) => {
      const [from, to] = [number.get(caller), number.get(callee)];
      if (from === undefined || to === undefined) return [];
      const laid = graph.edge({ v: from, w: to, name: String(index) }) as { points?: Place[] };
      const bends = laid.points ?? [];
      const [start, end] = [graph.node(from), graph.node(to)];
      // A call that goes back, or to itself, keeps to the sides that the library chose.
      if ((start.x ?? 0) >= (end.x ?? 0)) return bends;
      return [
        { x: (start.x ?? 0) + NODE_WIDTH / 2, y: start.y ?? 0 },
        ...bends.slice(1, -1),
        { x: (end.x ?? 0) - NODE_WIDTH / 2, y: end.y ?? 0 },
      ];
    }),
  };
}

/** The nearest node in a direction, sideways ones counting as further; null where there is none. */
export function toThe(
  direction: 'left' | 'right' | 'up' | 'down',
  nodes: ReadonlyMap<string, Place>,
  from: string,
): string | null {
  const start = nodes.get(from);
  if (!start) return null;
  const level = direction === 'left' || direction === 'right';
  const sign = direction === 'right' || direction === 'down' ? 1 : -1;
  let best: { name: string; far: number } | null = null;
  for (const [name, place] of nodes) {
    const [x, y] = [place.x - start.x, place.y - start.y];
    const [ahead, aside] = level ? [x * sign, Math.abs(y)] : [y * sign, Math.abs(x)];
    // Layers stand further apart than what is in one of them.
    const far = ahead + 2 * aside;
    if (ahead > 1 && (best === null || far < best.far)) best = { name, far };
  }
  return best?.name ?? null;
}

/** A label's middle and how wide it is. */
export interface Label extends Place {
  width: number;
}

/** Labels moved up or down so far that none covers another; earlier ones stay where they are. */
export function apart(labels: readonly Label[]): Place[] {
  const placed: Label[] = [];
  for (const label of labels) {
    const covers = (y: number) =>
      placed.some(
        (other) =>
          Math.abs(other.x - label.x) < (other.width + label.width) / 2 + 2 &&
          Math.abs(other.y - y) < LABEL_STEP,
      );
    let y = label.y;
    for (let step = 1; covers(y) && step <= 2 * LABEL_STEPS; step++)
      y = label.y + (step % 2 === 0 ? -1 : 1) * Math.ceil(step / 2) * LABEL_STEP;
    placed.push({ ...label, y });
  }
  return placed.map(({ x, y }) => ({ x, y }));
}

const LABEL_STEP = 22;
/** A label that is further away than so many others says nothing of its line. */
const LABEL_STEPS = 4;

/** A smooth line through the bends: it leaves and arrives level. */
export function curve(points: readonly Place[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${round(first.x)} ${round(first.y)}`;
  let before = first;
  for (const point of rest) {
    const middle = (before.x + point.x) / 2;
    path += `C${round(middle)} ${round(before.y)} ${round(middle)} ${round(point.y)} ${round(point.x)} ${round(point.y)}`;
    before = point;
  }
  return path;
}

/** From 1 to 7 pixels: ten times the calls are about one and a half more. */
export function lineWidth(requests: number): number {
  return Math.min(7, 1 + Math.log10(Math.max(1, requests)) * 1.3);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
