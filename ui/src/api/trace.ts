// One trace: asking for it, and reading the answer into the flat form that the trace page draws.
import {
  type HopEnd,
  type HopRecord,
  type PathRecord,
  type Trace,
  buildTrace,
} from '../trace/trace.ts';
import type { ViewedFile } from '../trace/viewed-file.ts';
import { readAcross, readGroups, readPeers, readProducers } from './across.ts';
import { getJson } from './http.ts';
import { readServiceCount } from './search.ts';
import { readSpan } from './span.ts';
import { readColumns, readKind } from './trace-columns.ts';
import { askFile } from './view.ts';
import {
  type Wire,
  count,
  flag,
  list,
  millisOf,
  nanosOrNull,
  numberOrNull,
  object,
  offset,
  text,
  textOrNull,
} from './wire.ts';

export type SkewChoice = 'corrected' | 'raw';

export async function loadTrace(
  id: string,
  skew: SkewChoice,
  file: ViewedFile | null,
  signal?: AbortSignal,
): Promise<Trace> {
  const raw = skew === 'raw' ? 'skew=raw' : '';
  if (file) return readTrace(await (await askFile(file, id, raw && `?${raw}`, signal)).json());
  // Of a large trace the server tells its hops as columns and leaves the spans for later.
  const query = raw ? '?hops=fitting&skew=raw' : '?hops=fitting';
  return readTrace(await getJson(`api/hopline/traces/${encodeURIComponent(id)}${query}`, signal));
}

/** Exported for the tests, which feed it answers of the server. */
export function readTrace(body: unknown): Trace {
  const answer = object(body);
  const origin = nanosOrNull(answer['startTimeUnixNano']) ?? 0n;
  const rawSpans = list(answer['spans']);
  const root = object(answer['root']);
  const columns =
    answer['hopColumns'] === undefined
      ? null
      : readColumns(answer, (hop) => readHop(object(hop), origin));
  return buildTrace(
    {
      id: text(answer['traceId']),
      startMillis: millisOf(origin),
      startNano: String(origin),
      durationNano: count(answer['durationNano']),
      root: { service: textOrNull(root['service']), operation: textOrNull(root['operation']) },
      spanCount: count(answer['spanCount']) || rawSpans.length,
      errorCount: count(answer['errorCount']),
      services: list(answer['services']).map(readServiceCount),
      complete: answer['complete'] !== false,
      missingParents: count(answer['missingParents']),
      truncated: flag(answer['truncated']),
      clockSkew: list(answer['clockSkew']).map((value) => {
        const skew = object(value);
        return {
          service: textOrNull(skew['service']),
          host: textOrNull(skew['host']),
          offsetNano: count(skew['offsetNano']),
          confidence: numberOrNull(skew['confidence']),
        };
      }),
      groups: readGroups(answer, origin),
      explained: Array.isArray(answer['groups']),
      across: readAcross(answer, origin),
    },
    columns ? columns.records : list(answer['hops']).map((hop) => readHop(object(hop), origin)),
    columns ? columns.path : list(answer['criticalPath']).map((part) => readPart(part, origin)),
    readTimes(rawSpans, origin),
    (index) => (rawSpans[index] === undefined ? null : readSpan(rawSpans[index], origin)),
    answer['spans'] === undefined ? (columns?.eventTimes ?? (() => [])) : null,
  );
}

function readPart(value: unknown, origin: bigint): PathRecord {
  const part = object(value);
  return {
    spanIndex: numberOrNull(part['spanIndex']),
    spanId: textOrNull(part['spanId']),
    service: textOrNull(part['service']),
    start: offset(part['startTimeUnixNano'], origin) ?? 0,
    durationNano: count(part['durationNano']),
    part: text(part['part']),
  };
}

function readHop(hop: Wire, origin: bigint): HopRecord {
  return {
    parent: numberOrNull(hop['parent']),
    kind: readKind(hop['kind']),
    protocol: textOrNull(hop['protocol']),
    caller: readEnd(hop['caller']),
    callee: readEnd(hop['callee']),
    start: offset(hop['startTimeUnixNano'], origin) ?? 0,
    serverStart: offset(hop['serverStartTimeUnixNano'], origin),
    clientNano: numberOrNull(hop['clientDurationNano']),
    serverNano: numberOrNull(hop['serverDurationNano']),
    networkNano: numberOrNull(hop['networkDurationNano']),
    selfNano: numberOrNull(hop['selfDurationNano']),
    criticalNano: numberOrNull(hop['criticalDurationNano']),
    error: flag(hop['error']),
    errorText: textOrNull(hop['errorText']),
    notes: list(hop['notes']).filter((note): note is string => typeof note === 'string'),
    group: numberOrNull(hop['group']),
    peers: readPeers(hop['peers']),
    producers: readProducers(hop['producers']),
  };
}

function readEnd(value: unknown): HopEnd | null {
  if (value === null || value === undefined) return null;
  const end = object(value);
  return {
    service: textOrNull(end['service']),
    operation: textOrNull(end['operation']),
    spanId: textOrNull(end['spanId']),
    spanIndex: numberOrNull(end['spanIndex']),
    traceId: textOrNull(end['traceId']),
  };
}

function readTimes(rawSpans: readonly unknown[], origin: bigint) {
  const start = new Float64Array(rawSpans.length);
  const duration = new Float64Array(rawSpans.length);
  rawSpans.forEach((value, index) => {
    const span = object(value);
    start[index] = offset(span['startTimeUnixNano'], origin) ?? NaN;
    duration[index] = numberOrNull(span['durationNano']) ?? NaN;
  });
  return { start, duration };
}
