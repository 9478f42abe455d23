// Who calls whom, as a graph: what is within some levels of one service, and where everything stands.
import type { Edge } from './load.ts';

export interface GraphNode {
  name: string;
  /** It sends no spans itself; it is known from its callers. */
  inferred: boolean;
  /** "database", "messaging" …, where it is known. */
  kind: string | null;
}

export interface GraphAnswer {
  searched: { from: number; to: number };
  stepMillis: number;
  truncated: boolean;
  edges: Edge[];
  services: GraphNode[];
}

export type Levels = 1 | 2 | 3 | 'all';

/** The names that can be reached from a service in so many calls, up or down; all when nothing is in focus. */
export function within(
  edges: readonly Edge[],
  focus: string | null,
  levels: Levels,
): Set<string> | null {
  if (focus === null) return null;
  const most = levels === 'all' ? Infinity : levels;
  const reached = new Set([focus]);
  for (const [from, to] of [
    ['caller', 'callee'],
    ['callee', 'caller'],
  ] as const) {
    // Callers of a callee are not near: each direction is followed by itself.
    const next = new Map<string, string[]>();
    for (const edge of edges) {
      const [start, end] = [edge[from], edge[to]];
      if (start === null || end === null) continue;
      const known = next.get(start);
      if (known) known.push(end);
      else next.set(start, [end]);
    }
    const seen = new Set([focus]);
    let edgeOfSeen = [focus];
    for (let level = 0; level < most && edgeOfSeen.length > 0; level++) {
      const further = edgeOfSeen.flatMap((name) => next.get(name) ?? []);
      edgeOfSeen = [...new Set(further)].filter((name) => !seen.has(name));
      for (const name of edgeOfSeen) {
        seen.add(name);
        reached.add(name);
      }
    }
  }
  return reached;
}

/** One name for a call, also in the address. */
export function edgeName(edge: { caller: string | null; callee: string | null }): string {
  return `${edge.caller ?? ''}>${edge.callee ?? ''}`;
}

/** A window that is played through time: the points it holds, added up. */
export function playedEdges(edges: readonly Edge[], from: number, to: number): Edge[] {
  return edges.flatMap((edge) => {
    const points = edge.series.filter(({ startMillis }) => startMillis >= from && startMillis < to);
    const requests = points.reduce((sum, point) => sum + point.requests, 0);
    if (requests === 0) return [];
    const errors = points.reduce((sum, point) => sum + point.errors, 0);
    // Percentiles cannot be added; the worst minute of the window is told.
    const worst = (key: 'p50' | 'p90' | 'p99') =>
      points.reduce<number | null>(
        (most, point) => (point[key] === null ? most : Math.max(most ?? 0, point[key])),
        null,
      );
    return [{ ...edge, requests, errors, p50: worst('p50'), p90: worst('p90'), p99: worst('p99') }];
  });
}
