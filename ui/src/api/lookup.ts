// One question for whoever holds an id: where is this request?
import type { LookupAnswer } from '../trace/lookup.ts';
import { getJson } from './http.ts';
import {
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

export async function lookUp(pasted: string, signal?: AbortSignal): Promise<LookupAnswer> {
  const answer = object(
    await getJson(`api/hopline/lookup?${new URLSearchParams({ q: pasted })}`, signal),
  );
  const searched = answer['searched'] ? object(answer['searched']) : null;
  return {
    searched: searched && { from: count(searched['from']), to: count(searched['to']) },
    truncated: flag(answer['truncated']),
    matches: list(answer['matches']).map((value) => {
      const match = object(value);
      const start = nanosOrNull(match['startTimeUnixNano']);
      return {
        traceId: text(match['traceId']),
        spanId: textOrNull(match['spanId']),
        readAs: text(match['readAs']),
        key: textOrNull(match['key']),
        service: textOrNull(match['service']),
        operation: textOrNull(match['operation']),
        startMillis: start === null ? null : millisOf(start),
        durationNano: numberOrNull(match['durationNano']),
        error: flag(match['error']),
      };
    }),
  };
}
