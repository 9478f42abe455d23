// Two traces, compared by the server.
import {
  CHANGES,
  type ComparedSide,
  type ComparedTrace,
  type Comparison,
} from '../trace/comparison.ts';
import { getJson } from './http.ts';
import {
  count,
  flag,
  list,
  millisOrNull,
  numberOrNull,
  object,
  orNull,
  text,
  textOrNull,
} from './wire.ts';

export async function compareTraces(
  a: string,
  b: string,
  signal?: AbortSignal,
): Promise<Comparison> {
  const answer = object(
    await getJson(`api/hopline/compare?${new URLSearchParams({ a, b })}`, signal),
  );
  const counts = object(answer['counts']);
  return {
    a: readTrace(answer['a']),
    b: readTrace(answer['b']),
    differenceNano: numberOrNull(answer['differenceNano']),
    otherNano: numberOrNull(answer['otherNano']),
    counts: {
      added: count(counts['added']),
      missing: count(counts['missing']),
      slower: count(counts['slower']),
      faster: count(counts['faster']),
      same: count(counts['same']),
    },
    hops: list(answer['hops']).map((value) => {
      const hop = object(value);
      return {
        parent: numberOrNull(hop['parent']),
        depth: count(hop['depth']),
        service: textOrNull(hop['service']),
        operation: textOrNull(hop['operation']),
        kind: text(hop['kind']),
        change: CHANGES.find((change) => change === hop['change']) ?? 'same',
        a: orNull(hop['a'], readSide),
        b: orNull(hop['b'], readSide),
        differenceNano: count(hop['differenceNano']),
      };
    }),
    truncated: flag(answer['truncated']),
  };
}

function readTrace(value: unknown): ComparedTrace {
  const trace = object(value);
  const root = object(trace['root']);
  return {
    traceId: text(trace['traceId']),
    startMillis: millisOrNull(trace['startTimeUnixNano']),
    durationNano: numberOrNull(trace['durationNano']),
    root: { service: textOrNull(root['service']), operation: textOrNull(root['operation']) },
    spanCount: count(trace['spanCount']),
    errorCount: count(trace['errorCount']),
  };
}

function readSide(value: unknown): ComparedSide {
  const side = object(value);
  return {
    spanId: textOrNull(side['spanId']),
    totalNano: numberOrNull(side['totalNano']),
    selfNano: numberOrNull(side['selfNano']),
    networkNano: numberOrNull(side['networkNano']),
    error: flag(side['error']),
  };
}
