// Asking the store for traces, and reading its answer.
import { readDuration } from '../trace/duration-text.ts';
import type { Question } from '../trace/question.ts';
import type { SearchAnswer, TraceSummary } from '../trace/summary.ts';
import { resolveRange } from '../trace/time-range.ts';
import { getJson } from './http.ts';
import { count, flag, list, millisOf, nanosOrNull, object, text, textOrNull } from './wire.ts';

export async function searchTraces(
  question: Question,
  signal?: AbortSignal,
): Promise<SearchAnswer> {
  const range = resolveRange(question.range, Date.now());
  const answer = object(
    await getJson(`api/hopline/search?${searchParams(question, range)}`, signal),
  );
  const searched = object(answer['searched']);
  return {
    traces: list(answer['traces']).map(readSummary),
    truncated: flag(answer['truncated']),
    searched: {
      from: count(searched['from']) || range.from,
      to: count(searched['to']) || range.to,
    },
  };
}

/** The parameters of the server's search. */
export function searchParams(
  question: Question,
  range: { from: number; to: number },
): URLSearchParams {
  const params = new URLSearchParams();
  if (question.service) params.set('service', question.service);
  if (question.operation) params.set('operation', question.operation);
  for (const tag of question.tags) params.append('tag', tag);
  for (const key of ['minDuration', 'maxDuration'] as const) {
    const nanos = readDuration(question[key]);
    if (nanos !== null) params.set(key, String(nanos));
  }
  params.set('from', String(range.from));
  params.set('to', String(range.to));
  params.set('limit', String(question.limit));
  return params;
}

function readSummary(value: unknown): TraceSummary {
  const trace = object(value);
  const root = object(trace['root']);
  const origin = trace['errorOrigin'] ? object(trace['errorOrigin']) : null;
  return {
    traceId: text(trace['traceId']),
    startMillis: millisOf(nanosOrNull(trace['startTimeUnixNano']) ?? 0n),
    durationNano: count(trace['durationNano']),
    root: { service: textOrNull(root['service']), operation: textOrNull(root['operation']) },
    spanCount: count(trace['spanCount']),
    errorCount: count(trace['errorCount']),
    services: list(trace['services']).map(readServiceCount),
    criticalByService: list(trace['criticalByService']).map((part) => ({
      service: textOrNull(object(part)['service']),
      durationNano: count(object(part)['durationNano']),
    })),
    errorOrigin: origin && { service: textOrNull(origin['service']), text: text(origin['text']) },
  };
}

export function readServiceCount(value: unknown) {
  const service = object(value);
  return {
    name: text(service['name']),
    spanCount: count(service['spanCount']),
    errorCount: count(service['errorCount']),
  };
}
