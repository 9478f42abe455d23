// Asking the store for traces, and reading its answer.
import { readDuration } from '../trace/duration-text.ts';
import type { Standing } from '../trace/peers.ts';
import { DURATIONS, type Question } from '../trace/question.ts';
import type { ChartPoint, SearchAnswer, Searched, TraceSummary } from '../trace/summary.ts';
import { resolveRange } from '../trace/time-range.ts';
import { getJson } from './http.ts';
import {
  type Wire,
  count,
  flag,
  list,
  millisOf,
  nanosOrNull,
  numberOrNull,
  object,
  text,
  textOrNull,
} from './wire.ts';

/** Where an answer goes on, in the time that was searched. */
export interface NextPage {
  cursor: string;
  searched: Searched;
}

export async function searchTraces(
  question: Question,
  page: NextPage | null,
  signal?: AbortSignal,
): Promise<SearchAnswer> {
  const range = page?.searched ?? resolveRange(question.range, Date.now());
  const params = filterParams(question, range);
  params.set('limit', String(question.limit));
  if (question.sort !== 'newest') params.set('sort', question.sort);
  if (page) params.set('cursor', page.cursor);
  const answer = object(await getJson(`api/hopline/search?${params}`, signal));
  return {
    traces: list(answer['traces']).map(readSummary),
    truncated: flag(answer['truncated']),
    searched: readSearched(answer['searched'], range),
    nextCursor: textOrNull(answer['nextCursor']),
  };
}

const STATUS = { '': '', error: 'true', ok: 'none' } as const;

/** The conditions of a question, as the server takes them. */
export function filterParams(question: Question, range: Searched): URLSearchParams {
  const params = new URLSearchParams();
  if (question.service) params.set('service', question.service);
  if (question.operation) params.set('operation', question.operation);
  for (const [key, values] of [
    ['tag', question.tags],
    ['notService', question.notServices],
    ['notOperation', question.notOperations],
    ['notTag', question.notTags],
  ] as const) {
    for (const value of values) params.append(key, value);
  }
  if (question.status) params.set('error', STATUS[question.status]);
  for (const key of DURATIONS) {
    const nanos = readDuration(question[key]);
    if (nanos !== null) params.set(key, String(nanos));
  }
  params.set('from', String(range.from));
  params.set('to', String(range.to));
  return params;
}

export function readSearched(value: unknown, asked: Searched): Searched {
  const searched = object(value);
  return { from: count(searched['from']) || asked.from, to: count(searched['to']) || asked.to };
}

export function readPoint(value: unknown): ChartPoint {
  const trace = object(value);
  const root = object(trace['root']);
  const origin = trace['errorOrigin'] ? object(trace['errorOrigin']) : null;
  return {
    traceId: text(trace['traceId']),
    startMillis: millisOf(nanosOrNull(trace['startTimeUnixNano']) ?? 0n),
    durationNano: count(trace['durationNano']),
    root: { service: textOrNull(root['service']), operation: textOrNull(root['operation']) },
    errorCount: count(trace['errorCount']),
    errorOrigin: origin && { service: textOrNull(origin['service']), text: text(origin['text']) },
  };
}

export function readSummary(value: unknown): TraceSummary {
  const trace = object(value);
  return {
    ...readPoint(value),
    spanCount: count(trace['spanCount']),
    services: list(trace['services']).map(readServiceCount),
    criticalByService: list(trace['criticalByService']).map((part) => ({
      service: textOrNull(object(part)['service']),
      durationNano: count(object(part)['durationNano']),
    })),
    standing: readStanding(trace),
  };
}

function readStanding(trace: Wire): Standing | null {
  const [percentile, slower] = [trace['percentile'], trace['slower']].map(numberOrNull);
  return percentile == null || slower == null ? null : { percentile, slower };
}

export function readServiceCount(value: unknown) {
  const service = object(value);
  return {
    name: text(service['name']),
    spanCount: count(service['spanCount']),
    errorCount: count(service['errorCount']),
  };
}
