// How much a service, an operation or a call is used, how often it fails and how long it takes; and what changed.

export interface Load {
  requests: number;
  errors: number;
  /** Nanoseconds; null: nothing was measured. */
  p50: number | null;
  p90: number | null;
  p99: number | null;
}

export interface LoadPoint extends Load {
  startMillis: number;
}

/** A load, that of the window of equal length just before, and how it went. */
export interface Measured extends Load {
  before: Load | null;
  series: LoadPoint[];
}

export interface Exemplar {
  traceId: string;
  startMillis: number | null;
  durationNano: number | null;
  error: boolean;
}

export interface ServiceLoad extends Measured {
  service: string;
}

export interface OperationLoad extends Measured {
  operation: string | null;
  kind: string;
  exemplars: Exemplar[];
}

export interface Edge extends Measured {
  caller: string | null;
  callee: string | null;
  kind: string;
  exemplars: Exemplar[];
}

interface Answer {
  searched: { from: number; to: number };
  stepMillis: number;
  truncated: boolean;
}

export interface ServicesAnswer extends Answer {
  services: ServiceLoad[];
}

export interface ServiceAnswer extends Answer {
  service: ServiceLoad;
  operations: OperationLoad[];
  edgesIn: Edge[];
  edgesOut: Edge[];
}

/** Below this many calls a share or a percentile says nothing. */
export const FEW = 20;

export function errorShare(load: Load): number {
  return load.requests > 0 ? load.errors / load.requests : 0;
}

export function isFew(load: Load): boolean {
  return load.requests < FEW;
}

/** Calls per second over a window. */
export function rateOf(load: Load, searched: { from: number; to: number }): number {
  return (load.requests / Math.max(1, searched.to - searched.from)) * 1000;
}

export type Change = 'failing' | 'slower' | 'few' | 'new';

/** What is worth a badge: compared with the window before, where both have enough calls. */
export function changeOf({ before, ...now }: Measured): Change | null {
  if (now.requests === 0) return null;
  if (isFew(now)) return 'few';
  if (!before || before.requests === 0) return 'new';
  const share = errorShare(now);
  if (share >= 0.01 && now.errors >= 3 && share >= 2 * errorShare(before)) return 'failing';
  if (isFew(before)) return null;
  return isSlower(now.p99, before.p99) ? 'slower' : null;
}

/** Half as much again, and by a millisecond at least. */
export function isSlower(now: number | null, before: number | null): boolean {
  return now !== null && before !== null && now >= 1.5 * before && now - before >= 1e6;
}

export const LOAD_SORTS = ['change', 'rate', 'errors', 'p99', 'name'] as const;
export type LoadSort = (typeof LOAD_SORTS)[number];

/** By what changed, then by how much it is used; or by one column. */
export function sortServices(services: readonly ServiceLoad[], sort: LoadSort): ServiceLoad[] {
  const names = (a: ServiceLoad, b: ServiceLoad) => (a.service < b.service ? -1 : 1);
  const by: Record<LoadSort, (a: ServiceLoad, b: ServiceLoad) => number> = {
    change: (a, b) => urgency(b) - urgency(a) || b.requests - a.requests,
    rate: (a, b) => b.requests - a.requests,
    errors: (a, b) => errorShare(b) - errorShare(a),
    p99: (a, b) => (b.p99 ?? -1) - (a.p99 ?? -1),
    name: names,
  };
  return [...services].sort((a, b) => by[sort](a, b) || names(a, b));
}

function urgency(load: Measured): number {
  const change = changeOf(load);
  return change === 'failing' ? 2 : change === 'slower' ? 1 : 0;
}

/**
 * When a series rose for good: the split with the largest rise of the mean, when what lies behind it is
 * twice what lay before on both sides of at least three points. Null when nothing rose.
 */
export function riseOf(
  series: readonly LoadPoint[],
  pick: (point: LoadPoint) => number | null,
): number | null {
  const points = series.flatMap((point) => {
    const value = pick(point);
    return value === null ? [] : [{ at: point.startMillis, value }];
  });
  const total = points.reduce((sum, { value }) => sum + value, 0);
  let best: { at: number; rise: number } | null = null;
  let before = 0;
  points.forEach(({ at, value }, index) => {
    if (index >= LEAST && points.length - index >= LEAST) {
      const earlier = before / index;
      const later = (total - before) / (points.length - index);
      const rise = later - earlier;
      if (later >= 2 * earlier && later > 0 && rise > (best?.rise ?? 0)) best = { at, rise };
    }
    before += value;
  });
  return (best as { at: number } | null)?.at ?? null;
}

const LEAST = 3;

/** The examples of several calls, each trace once: the slowest, or the latest that failed. */
export function examplesOf<One extends Exemplar>(
  measured: readonly { exemplars: readonly One[] }[],
  which: 'slow' | 'failing',
): One[] {
  const seen = new Map<string, One>();
  for (const { exemplars } of measured) {
    for (const one of exemplars) {
      const known = seen.get(one.traceId);
      if (which === 'failing' && !one.error) continue;
      if (!known || (one.durationNano ?? 0) > (known.durationNano ?? 0)) seen.set(one.traceId, one);
    }
  }
  const order =
    which === 'slow'
      ? (a: Exemplar, b: Exemplar) => (b.durationNano ?? 0) - (a.durationNano ?? 0)
      : (a: Exemplar, b: Exemplar) => (b.startMillis ?? 0) - (a.startMillis ?? 0);
  return [...seen.values()].sort(order).slice(0, EXAMPLES);
}

const EXAMPLES = 5;
