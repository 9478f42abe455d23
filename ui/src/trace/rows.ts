// Which hops stand in the tree: a trace, what is folded and what is filtered, turned into row numbers.
import { type Trace, serviceOf } from './trace.ts';

export interface RowFilter {
  /** Empty means every service. */
  services: ReadonlySet<string>;
  only: 'error' | 'path' | null;
}

export interface Rows {
  /** Hop indexes, top to bottom. */
  hops: Int32Array;
  /** For each hop 1 if it matches the filter; null when there is none. */
  matches: Uint8Array | null;
  /** Hops that the filter took away; folded ones are not among them. */
  hiddenByFilter: number;
}

/** A part of the critical path below this share is not worth a row on a phone. */
export const PATH_SHARE = 0.05;

export function visibleRows(
  trace: Trace,
  folded: ReadonlySet<number>,
  filter: RowFilter,
  opened: ReadonlySet<number> = NONE_OPENED,
): Rows {
  const { hops, folding } = trace;
  const matches = matchHops(trace, filter);
  const kept = matches && keepCallers(trace, matches);
  const rows = new Int32Array(hops.count);
  let count = 0;
  let hidden = 0;
  for (let hop = 0; hop < hops.count;) {
    if (kept && !kept[hop]) {
      // A hop that is not kept has nothing kept below it.
      hidden += hops.end[hop]! - hop;
      hop = hops.end[hop]!;
      continue;
    }
    const group = folding.of[hop]!;
    // Under a filter each hop that matches has its own row.
    if (group >= 0 && matches === null && !opened.has(group)) {
      if (folding.members[group]![0] === hop) rows[count++] = hop;
      hop = hops.end[hop]!;
      continue;
    }
    rows[count++] = hop;
    hop = folded.has(hop) ? hops.end[hop]! : hop + 1;
  }
  // What leads to the path belongs to it; only other filters tell matches from callers.
  const marked = filter.only === 'path' ? null : matches;
  return { hops: rows.slice(0, count), matches: marked, hiddenByFilter: hidden };
}

/** Where a hop stands among the rows, or -1. Rows are in rising order. */
export function rowOf(rows: Int32Array, hop: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = rows[middle]!;
    if (value === hop) return middle;
    if (value < hop) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The hop whose row stands for a group, if this hop's row is that one. */
export function groupOfRow(trace: Trace, hop: number, opened: ReadonlySet<number>): number | null {
  const group = trace.folding.of[hop]!;
  return group >= 0 && !opened.has(group) && trace.folding.members[group]![0] === hop
    ? group
    : null;
}

/** The groups that must be opened before this hop has a row of its own, outermost last. */
export function groupsOver(trace: Trace, hop: number): number[] {
  const found: number[] = [];
  for (let at = hop; at >= 0; at = trace.hops.parent[at]!) {
    const group = trace.folding.of[at]!;
    if (group >= 0 && !(at === hop && trace.folding.members[group]![0] === hop)) found.push(group);
  }
  return found;
}

/** The callers that must be unfolded before this hop has a row. */
export function callersOf(trace: Trace, hop: number): number[] {
  const callers: number[] = [];
  for (let at = trace.hops.parent[hop] ?? -1; at >= 0; at = trace.hops.parent[at]!)
    callers.push(at);
  return callers;
}

export function hasChildren(trace: Trace, hop: number): boolean {
  return trace.hops.end[hop]! > hop + 1;
}

/** Every hop at this depth or deeper that has something to fold. */
export function foldedToDepth(trace: Trace, depth: number): Set<number> {
  const folded = new Set<number>();
  for (let hop = 0; hop < trace.hops.count; hop++) {
    if (trace.hops.depth[hop]! >= depth && hasChildren(trace, hop)) folded.add(hop);
  }
  return folded;
}

/** Every hop of a service that has something to fold. */
export function foldedBelow(trace: Trace, service: string): Set<number> {
  const folded = new Set<number>();
  trace.hops.records.forEach((record, hop) => {
    if ((serviceOf(record) ?? '') === service && hasChildren(trace, hop)) folded.add(hop);
  });
  return folded;
}

export function isOnPath(trace: Trace, hop: number): boolean {
  return trace.pathFirst[hop + 1]! > trace.pathFirst[hop]!;
}

/** The next hop after (or before) one for which the question holds; goes round at the end. */
export function nextHop(
  count: number,
  from: number,
  step: 1 | -1,
  holds: (hop: number) => boolean,
): number | null {
  for (let tried = 1; tried <= count; tried++) {
    const hop = (((from + step * tried) % count) + count) % count;
    if (holds(hop)) return hop;
  }
  return null;
}

const NONE_OPENED: ReadonlySet<number> = new Set();

function matchHops(trace: Trace, filter: RowFilter): Uint8Array | null {
  if (filter.services.size === 0 && filter.only === null) return null;
  const { hops } = trace;
  const matches = new Uint8Array(hops.count);
  for (let hop = 0; hop < hops.count; hop++) {
    const service = serviceOf(hops.records[hop]!) ?? '';
    const rightService = filter.services.size === 0 || filter.services.has(service);
    const rightKind =
      filter.only === null ||
      (filter.only === 'error' && hops.error[hop] === 1) ||
      (filter.only === 'path' && (hops.critical[hop] ?? 0) >= trace.durationNano * PATH_SHARE);
    matches[hop] = rightService && rightKind ? 1 : 0;
  }
  return matches;
}

function keepCallers(trace: Trace, matches: Uint8Array): Uint8Array {
  const kept = matches.slice();
  for (let hop = kept.length - 1; hop > 0; hop--) {
    const parent = trace.hops.parent[hop]!;
    if (kept[hop] && parent >= 0) kept[parent] = 1;
  }
  return kept;
}
