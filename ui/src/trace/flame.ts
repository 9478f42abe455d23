// The flame graph: every hop on a lane below its caller's, calls that ran at once on lanes of their own.
import type { Trace } from './trace.ts';

export interface Flame {
  /** For each hop its lane, the uppermost being 0. */
  lane: Int32Array;
  lanes: number;
  /** For each lane its hops, by their start. */
  byLane: readonly Int32Array[];
}

/** More lanes than anybody looks at; what would lie deeper shares the last. */
export const MOST_LANES = 500;

export function flameOf(trace: Trace): Flame {
  const { hops } = trace;
  const lane = new Int32Array(hops.count);
  const ends: number[] = [];
  const on: number[][] = [];
  const order = byStart(trace);
  for (const hop of order) {
    const parent = hops.parent[hop]!;
    const start = hops.start[hop]!;
    let at = parent < 0 ? 0 : lane[parent]! + 1;
    while (at < MOST_LANES - 1 && (ends[at] ?? -Infinity) > start) at++;
    at = Math.min(at, MOST_LANES - 1);
    lane[hop] = at;
    ends[at] = Math.max(ends[at] ?? -Infinity, start + (hops.total[hop] || 0));
    while (on.length <= at) on.push([]);
    on[at]!.push(hop);
  }
  return { lane, lanes: on.length, byLane: on.map((found) => Int32Array.from(found)) };
}

/** The hop whose bar is at a time on a lane, or null. */
export function hopAt(trace: Trace, flame: Flame, lane: number, nanos: number, slack: number) {
  let found: number | null = null;
  for (const hop of flame.byLane[lane] ?? []) {
    const start = trace.hops.start[hop]!;
    if (start - slack > nanos) break;
    if (start + (trace.hops.total[hop] || 0) + slack >= nanos) found = hop;
  }
  return found;
}

/** Where an arrow key leads from a hop: to its caller, its first call, or the call before or after it. */
export function neighbour(
  trace: Trace,
  hop: number,
  way: 'caller' | 'call' | 'before' | 'after',
): number | null {
  const { parent, end, count } = trace.hops;
  if (way === 'caller') return parent[hop]! < 0 ? null : parent[hop]!;
  if (way === 'call') return end[hop]! > hop + 1 ? hop + 1 : null;
  if (way === 'after') {
    const next = end[hop]!;
    return next < count && parent[next] === parent[hop] ? next : null;
  }
  for (let at = hop - 1; at > parent[hop]!; at--) if (parent[at] === parent[hop]) return at;
  return null;
}

/** Callers before what they call, else by start. */
function byStart(trace: Trace): Int32Array {
  const { start, depth, count } = trace.hops;
  const order = Int32Array.from({ length: count }, (_, hop) => hop);
  const late = new Float64Array(count);
  // A call that a skewed clock puts before its caller still comes after it.
  for (let hop = 0; hop < count; hop++) {
    const parent = trace.hops.parent[hop]!;
    late[hop] = Math.max(start[hop]!, parent < 0 ? -Infinity : late[parent]!);
  }
  return order.sort((a, b) => late[a]! - late[b]! || depth[a]! - depth[b]! || a - b);
}
