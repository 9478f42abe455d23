// One question for whoever holds an id: where is this request?
import type { LookupAnswer } from '../trace/lookup.ts';
import { getJson, postForJson } from './http.ts';
import { count, flag, list, millisOrNull, numberOrNull, object, text, textOrNull } from './wire.ts';

/** The server reads what was pasted: an id in any form, headers, a line of a log. */
export async function lookUp(pasted: string, signal?: AbortSignal): Promise<LookupAnswer> {
  const question = questionOf(pasted);
  const told = object(
    'body' in question
      ? await postForJson(question.path, question.body, signal)
      : await getJson(question.path, signal),
  );
  const searched = told['searched'] ? object(told['searched']) : null;
  const answer = 'body' in question ? object(list(told['answers'])[0]) : told;
  return {
    searched: searched && { from: count(searched['from']), to: count(searched['to']) },
    truncated: flag(answer['truncated']),
    matches: list(answer['matches']).map((value) => {
      const match = object(value);
      return {
        traceId: text(match['traceId']),
        spanId: textOrNull(match['spanId']),
        readAs: text(match['readAs']),
        key: textOrNull(match['key']),
        service: textOrNull(match['service']),
        operation: textOrNull(match['operation']),
        startMillis: millisOrNull(match['startTimeUnixNano']),
        durationNano: numberOrNull(match['durationNano']),
        error: flag(match['error']),
      };
    }),
  };
}

type Question = { path: string } | { path: string; body: string[] };

/** What is too long for an address goes as a batch of one; a pasted book is cut. */
export function questionOf(pasted: string): Question {
  const asked = pasted.trim().slice(0, LONGEST);
  const address = `${PATH}?${new URLSearchParams({ q: asked })}`;
  return address.length <= ADDRESS_LONGEST ? { path: address } : { path: PATH, body: [asked] };
}

const PATH = 'api/hopline/lookup';
/** Of a text that the server reads, at three bytes a letter. */
const LONGEST = 20_000;
const ADDRESS_LONGEST = 4000;
