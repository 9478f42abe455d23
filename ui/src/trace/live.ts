// Live tail: what has come since one looks, held back until it is asked for. Everything in it has a bound.
import type { SearchAnswer, TraceSummary } from './summary.ts';

/** Between two looks, in milliseconds. */
export const LIVE_STEP = 2000;
/** A look goes back this far: a trace is found when its spans came, which is after it began. */
export const LIVE_BACK = 120_000;
/** Traces that one look reads. */
export const LIVE_READ = 100;
/** Traces that wait, and traces that are shown above the list. */
export const WAITING_MAX = 200;
export const SHOWN_MAX = 500;

export interface Live {
  /** Newest first, not shown yet. */
  waiting: readonly TraceSummary[];
  /** Newest first, above the list. */
  shown: readonly TraceSummary[];
  /** Traces that went unseen because more came than wait here. */
  passed: number;
  /** The last look found more than it reads: what came is a sample. */
  sampled: boolean;
  /** When traces began that a look has found, by id; as far back as a look goes. */
  known: ReadonlyMap<string, number>;
  /** When the last look was, in milliseconds since the epoch; zero before the first. */
  at: number;
}

export const NOT_LIVE: Live = {
  waiting: [],
  shown: [],
  passed: 0,
  sampled: false,
  known: new Map(),
  at: 0,
};

/**
 * What another look found, added. For the first look what began before `since` is not new. Of a trace that waits
 * the latest is kept; what is shown holds still.
 */
export function look(live: Live, answer: SearchAnswer, at: number, since: number): Live {
  const waits = new Set(live.waiting.map((trace) => trace.traceId));
  const isNew = (trace: TraceSummary) =>
    waits.has(trace.traceId) ||
    (!live.known.has(trace.traceId) && (live.at > 0 || trace.startMillis >= since));
  const waiting = new Map<string, TraceSummary>();
  for (const trace of [...answer.traces.filter(isNew), ...live.waiting]) {
    if (!waiting.has(trace.traceId)) waiting.set(trace.traceId, trace);
  }
  const sorted = [...waiting.values()].sort((a, b) => b.startMillis - a.startMillis);
  const known = new Map([...live.known].filter(([, start]) => start >= at - 2 * LIVE_BACK));
  for (const trace of answer.traces) known.set(trace.traceId, trace.startMillis);
  return {
    waiting: sorted.slice(0, WAITING_MAX),
    shown: live.shown,
    passed: live.passed + Math.max(0, sorted.length - WAITING_MAX),
    sampled: answer.truncated,
    known,
    at,
  };
}

/** What waits goes on top of what is shown; the oldest of that goes beyond the bound. */
export function showWaiting(live: Live): Live {
  return {
    ...live,
    waiting: [],
    shown: [...live.waiting, ...live.shown].slice(0, SHOWN_MAX),
    passed: 0,
  };
}

/** Without the traces that stand in the list anyway. */
export function beyond(
  traces: readonly TraceSummary[],
  listed: readonly TraceSummary[],
): TraceSummary[] {
  const known = new Set(listed.map((trace) => trace.traceId));
  return traces.filter((trace) => !known.has(trace.traceId));
}
