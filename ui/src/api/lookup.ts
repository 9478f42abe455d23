// One question for whoever holds an id: where is this request?
import type { LookupAnswer } from '../trace/lookup.ts';
import { idsIn } from '../trace/pasted.ts';
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

/** The server reads one id at a time; of a log line every id in it is asked for. */
export async function lookUp(pasted: string, signal?: AbortSignal): Promise<LookupAnswer> {
  const asked = await Promise.allSettled(idsIn(pasted).map((id) => lookUpOne(id, signal)));
  const answers = asked.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  const [first] = answers;
  const refused = asked.find((one) => one.status === 'rejected');
  if (!first) throw refused?.reason ?? new Error('nothing to look up');
  const matches = new Map(
    answers
      .flatMap((answer) => answer.matches)
      .map((match) => [`${match.traceId} ${match.spanId} ${match.key}`, match]),
  );
  return {
    searched: first.searched,
    truncated: answers.some((answer) => answer.truncated),
    matches: [...matches.values()],
  };
}

async function lookUpOne(id: string, signal?: AbortSignal): Promise<LookupAnswer> {
  const answer = object(
    await getJson(`api/hopline/lookup?${new URLSearchParams({ q: id })}`, signal),
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
