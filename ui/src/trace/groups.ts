// Hops that belong together, as the server found them: which of them share one row until it is opened.
import type { Hops } from './trace.ts';

export interface HopGroup {
  kind: string;
  count: number;
  errorCount: number;
  /** The group that this one is part of, or null. */
  within: number | null;
  /** Nanoseconds since the trace's start. */
  start: number;
  durationNano: number;
  criticalNano: number | null;
}

export interface Folding {
  /** For each hop the group whose row stands for it, or -1. */
  of: Int32Array;
  /** For each group its members in pre-order; empty for one that never folds. */
  members: readonly Int32Array[];
}

/** Attempts and hedges are few and each matters: they keep their rows. */
const FOLDING_KINDS = new Set(['n-plus-one', 'fan-out', 'repeat']);

export function foldGroups(hops: Hops, groups: readonly HopGroup[]): Folding {
  const outermost = groups.map((_, group) => outermostOf(groups, group));
  const of = new Int32Array(hops.count).fill(-1);
  const members: number[][] = groups.map(() => []);
  if (groups.length > 0) {
    hops.records.forEach((record, hop) => {
      const group = record.group === null ? undefined : outermost[record.group];
      if (group === undefined || group < 0) return;
      of[hop] = group;
      members[group]!.push(hop);
    });
  }
  return { of, members: members.map((found) => Int32Array.from(found)) };
}

/** The attempts of a retry that a hop is one of: which, of how many. */
export function attemptOf(
  hops: Hops,
  groups: readonly HopGroup[],
  hop: number,
): { at: number; of: number } | null {
  const index = hops.records[hop]?.group ?? null;
  const group = index === null ? undefined : groups[index];
  if (group?.kind !== 'retry') return null;
  let at = 1;
  const parent = hops.parent[hop]!;
  for (let before = hop - 1; before > parent; before--)
    if (hops.records[before]!.group === index) at++;
  return at <= group.count ? { at, of: group.count } : null;
}

function outermostOf(groups: readonly HopGroup[], from: number): number {
  let found = -1;
  // A chain that is longer than the list goes round.
  for (let at: number | null = from, left = groups.length; at !== null && left > 0; left--) {
    const group: HopGroup | undefined = groups[at];
    if (!group) break;
    if (FOLDING_KINDS.has(group.kind)) found = at;
    at = group.within;
  }
  return found;
}
