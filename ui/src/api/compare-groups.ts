// Two groups of traces, compared by the server.
import {
  type ComparedGroup,
  GROUP_CHANGES,
  GROUP_COUNTS,
  type GroupComparison,
  type GroupSide,
  type Quantiles,
  TRENDS,
  type Trend,
} from '../trace/group-comparison.ts';
import { resolveRange } from '../trace/time-range.ts';
import { GROUP_MAX, type TraceGroup } from '../trace/trace-group.ts';
import { getJson } from './http.ts';
import { filterParams } from './search.ts';
import { count, flag, list, numberOrNull, object, orNull, text, textOrNull } from './wire.ts';

export async function compareGroups(
  a: TraceGroup,
  b: TraceGroup,
  signal?: AbortSignal,
): Promise<GroupComparison> {
  const now = Date.now();
  const keys = new URLSearchParams({ a: asked(a, now), b: asked(b, now) });
  const answer = object(await getJson(`api/hopline/compare/groups?${keys}`, signal));
  const counts = object(answer['counts']);
  return {
    a: readGroup(answer['a']),
    b: readGroup(answer['b']),
    change: readChange(answer['change']),
    errors: readTrend(answer['errors']),
    differenceNano: numberOrNull(answer['differenceNano']),
    otherNano: numberOrNull(answer['otherNano']),
    counts: Object.fromEntries(
      GROUP_COUNTS.map((name) => [name, count(counts[name])]),
    ) as GroupComparison['counts'],
    hops: list(answer['hops']).map((value) => {
      const hop = object(value);
      return {
        parent: numberOrNull(hop['parent']),
        depth: count(hop['depth']),
        service: textOrNull(hop['service']),
        operation: textOrNull(hop['operation']),
        kind: text(hop['kind']),
        change: readChange(hop['change']),
        calls: readTrend(hop['calls']),
        errors: readTrend(hop['errors']),
        a: orNull(hop['a'], readSide),
        b: orNull(hop['b'], readSide),
        differenceNano: count(hop['differenceNano']),
      };
    }),
    truncated: flag(answer['truncated']),
  };
}

/** A group as the server reads it: times are milliseconds there. */
function asked(group: TraceGroup, now: number): string {
  if (group.kind === 'ids') return group.ids.join(',');
  const { question, outcome } = group;
  const keys = filterParams(question, resolveRange(question.range, now));
  keys.set('limit', String(Math.min(GROUP_MAX, question.limit)));
  if (outcome !== 'all') keys.set('error', outcome === 'failing' ? 'true' : 'none');
  return String(keys);
}

function readGroup(value: unknown): ComparedGroup {
  const group = object(value);
  return {
    traceCount: count(group['traceCount']),
    failingCount: count(group['failingCount']),
    spanCount: count(group['spanCount']),
    duration: orNull(group['duration'], readQuantiles),
    meanNano: numberOrNull(group['meanNano']),
    slowest: textOrNull(group['slowest']),
    missing: list(group['missing']).filter((id) => typeof id === 'string'),
    truncated: flag(group['truncated']),
  };
}

function readSide(value: unknown): GroupSide {
  const side = object(value);
  return {
    traceCount: count(side['traceCount']),
    share: count(side['share']),
    callCount: count(side['callCount']),
    callsPerTrace: count(side['callsPerTrace']),
    errorCount: count(side['errorCount']),
    failingCount: count(side['failingCount']),
    total: orNull(side['total'], readQuantiles),
    self: orNull(side['self'], readQuantiles),
    traceId: textOrNull(side['traceId']),
    spanId: textOrNull(side['spanId']),
  };
}

function readQuantiles(value: unknown): Quantiles {
  const quantiles = object(value);
  return { p50Nano: count(quantiles['p50Nano']), p99Nano: count(quantiles['p99Nano']) };
}

function readChange(value: unknown): GroupComparison['change'] {
  return GROUP_CHANGES.find((change) => change === value) ?? 'same';
}

function readTrend(value: unknown): Trend {
  return TRENDS.find((trend) => trend === value) ?? 'same';
}
