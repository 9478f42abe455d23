// What the traces of a search are like together, as the server counted them.
import type { ChartPoint, Searched, TraceSummary } from './summary.ts';

/** In how many traces a name is, and in how many of those something failed. */
export interface NameCount {
  name: string;
  count: number;
  errorCount: number;
}

export interface TagCount {
  key: string;
  count: number;
  values: NameCount[];
  /** It has other values than these. */
  more: boolean;
}

/** Nanoseconds; null where no trace has a duration. */
export interface Lengths {
  p50: number | null;
  p99: number | null;
  max: number | null;
}

export interface HistogramStep {
  fromNano: number;
  toNano: number;
  count: number;
  errorCount: number;
}

export interface TraceGroup {
  service: string | null;
  name: string | null;
  count: number;
  errorCount: number;
  durations: Lengths;
  traceIds: string[];
}

export interface Overview {
  count: number;
  errorCount: number;
  truncated: boolean;
  searched: Searched;
  durations: Lengths;
  histogram: HistogramStep[];
  points: ChartPoint[];
  services: NameCount[];
  operations: NameCount[];
  errorOrigins: NameCount[];
  tags: TagCount[];
  groups: TraceGroup[];
  groupsLeftOut: number;
}

/** Fewer are told by the slowest, not by a percentile. */
export const FEW_TO_RANK = 20;

export interface GroupedTraces {
  group: TraceGroup;
  traces: TraceSummary[];
}

/** The listed traces under their groups, in the groups' order; and those that no group names. */
export function intoGroups(
  traces: readonly TraceSummary[],
  groups: readonly TraceGroup[],
): { grouped: GroupedTraces[]; rest: TraceSummary[] } {
  const grouped = groups.map((group): GroupedTraces => ({ group, traces: [] }));
  const places = new Map<string, GroupedTraces>();
  for (const one of grouped) for (const id of one.group.traceIds) places.set(id, one);
  const rest: TraceSummary[] = [];
  for (const trace of traces) (places.get(trace.traceId)?.traces ?? rest).push(trace);
  return { grouped, rest };
}
