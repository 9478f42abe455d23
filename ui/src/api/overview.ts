// Asking what the traces of a search are like together.
import type { Lengths, NameCount, Overview } from '../trace/overview.ts';
import type { Question } from '../trace/question.ts';
import { resolveRange } from '../trace/time-range.ts';
import { getJson } from './http.ts';
import { filterParams, readPoint, readSearched } from './search.ts';
import { count, flag, list, numberOrNull, object, text, textOrNull } from './wire.ts';

/** Of the newest traces, at most so many; unless it is said, of as many as the server looks at. */
export async function loadOverview(
  question: Question,
  limit: number | null,
  signal?: AbortSignal,
): Promise<Overview> {
  const range = resolveRange(question.range, Date.now());
  const params = filterParams(question, range);
  if (limit !== null) params.set('limit', String(limit));
  if (question.group) params.set('group', question.group);
  const answer = object(await getJson(`api/hopline/search/overview?${params}`, signal));
  return {
    count: count(answer['count']),
    errorCount: count(answer['errorCount']),
    truncated: flag(answer['truncated']),
    searched: readSearched(answer['searched'], range),
    durations: readLengths(answer['durations']),
    histogram: list(answer['histogram']).map((value) => {
      const step = object(value);
      return {
        fromNano: count(step['fromNano']),
        toNano: count(step['toNano']),
        count: count(step['count']),
        errorCount: count(step['errorCount']),
      };
    }),
    points: list(answer['points']).map(readPoint),
    services: list(answer['services']).map(readNameCount),
    operations: list(answer['operations']).map(readNameCount),
    errorOrigins: list(answer['errorOrigins']).map(readNameCount),
    tags: list(answer['tags']).map((value) => {
      const tag = object(value);
      return {
        key: text(tag['key']),
        count: count(tag['count']),
        values: list(tag['values']).map(readNameCount),
        more: flag(tag['more']),
      };
    }),
    groups: list(answer['groups']).map((value) => {
      const group = object(value);
      return {
        service: textOrNull(group['service']),
        // An empty value is a value; an absent one is none.
        name: typeof group['name'] === 'string' ? group['name'] : null,
        count: count(group['count']),
        errorCount: count(group['errorCount']),
        durations: readLengths(group['durations']),
        traceIds: list(group['traceIds']).map(text),
      };
    }),
    groupsLeftOut: count(answer['groupsLeftOut']),
  };
}

function readLengths(value: unknown): Lengths {
  const lengths = object(value);
  return {
    p50: numberOrNull(lengths['p50Nano']),
    p99: numberOrNull(lengths['p99Nano']),
    max: numberOrNull(lengths['maxNano']),
  };
}

function readNameCount(value: unknown): NameCount {
  const name = object(value);
  return {
    name: text(name['name']),
    count: count(name['count']),
    errorCount: count(name['errorCount']),
  };
}
