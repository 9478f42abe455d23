// Services, their operations and who calls whom, with rate, errors and latencies.
import type {
  Edge,
  Exemplar,
  Load,
  LoadPoint,
  Measured,
  OperationLoad,
  ServiceAnswer,
  ServiceLoad,
  ServicesAnswer,
} from '../trace/load.ts';
import type { GraphAnswer } from '../trace/graph.ts';
import { type TimeRange, resolveRange } from '../trace/time-range.ts';
import { getJson } from './http.ts';
import {
  type Wire,
  count,
  flag,
  list,
  millisOrNull,
  numberOrNull,
  object,
  text,
  textOrNull,
} from './wire.ts';

export async function loadServiceList(
  range: TimeRange,
  signal?: AbortSignal,
): Promise<ServicesAnswer> {
  const [answer, window] = await ask('api/hopline/services', range, signal);
  return {
    ...window,
    services: list(answer['services']).map((value) => readService(value, window)),
  };
}

export async function loadService(
  name: string,
  range: TimeRange,
  signal?: AbortSignal,
): Promise<ServiceAnswer> {
  const path = `api/hopline/services/${encodeURIComponent(name)}`;
  const [answer, window] = await ask(path, range, signal);
  return {
    ...window,
    service: readService(answer, window),
    operations: list(answer['operations']).map((value) => readOperation(value, window)),
    edgesIn: list(answer['edgesIn']).map((value) => readEdge(value, window)),
    edgesOut: list(answer['edgesOut']).map((value) => readEdge(value, window)),
  };
}

export async function loadDependencies(
  range: TimeRange,
  signal?: AbortSignal,
): Promise<GraphAnswer> {
  const [answer, window] = await ask('api/hopline/dependencies', range, signal);
  return {
    ...window,
    edges: list(answer['edges']).map((value) => readEdge(value, window)),
    services: list(answer['services']).map((value) => {
      const node = object(value);
      return {
        name: text(node['service']),
        inferred: flag(node['virtual']),
        kind: textOrNull(node['kind']),
      };
    }),
  };
}

async function ask(path: string, range: TimeRange, signal?: AbortSignal) {
  const { from, to } = resolveRange(range, Date.now());
  const params = new URLSearchParams({
    from: String(from),
    to: String(to),
    points: String(POINTS),
  });
  const answer = object(await getJson(`${path}?${params}`, signal));
  const searched = object(answer['searched']);
  const window = {
    searched: { from: count(searched['from']) || from, to: count(searched['to']) || to },
    stepMillis: count(answer['stepMs']),
    truncated: flag(answer['truncated']),
  };
  return [answer, window] as const;
}

interface Window {
  searched: { from: number; to: number };
  stepMillis: number;
}

function readService(value: unknown, window: Window): ServiceLoad {
  const service = object(value);
  return { service: text(service['service']), ...readMeasured(service, window) };
}

function readOperation(value: unknown, window: Window): OperationLoad {
  const operation = object(value);
  return {
    operation: textOrNull(operation['operation']),
    kind: text(operation['kind']),
    exemplars: list(operation['exemplars']).map(readExemplar),
    ...readMeasured(operation, window),
  };
}

function readEdge(value: unknown, window: Window): Edge {
  const edge = object(value);
  return {
    caller: textOrNull(edge['caller']),
    callee: textOrNull(edge['callee']),
    kind: text(edge['kind']),
    exemplars: list(edge['exemplars']).map(readExemplar),
    ...readMeasured(edge, window),
  };
}

function readMeasured(value: Wire, window: Window): Measured {
  return {
    ...readLoad(value),
    before: value['before'] ? readLoad(object(value['before'])) : null,
    series: readSeries(list(value['series']), window),
  };
}

/** Steps in which nothing was counted are left out of an answer; a line needs them. */
function readSeries(points: readonly unknown[], { searched, stepMillis }: Window): LoadPoint[] {
  const read = points.map((point): LoadPoint => {
    const fields = object(point);
    return { startMillis: count(fields['startMs']), ...readLoad(fields) };
  });
  const first = Math.floor(searched.from / stepMillis) * stepMillis;
  const steps = Math.floor((searched.to - first) / stepMillis) + 1;
  if (!(stepMillis > 0) || !(steps > 0) || steps > STEPS_MAX) return read;
  const series: LoadPoint[] = Array.from({ length: steps }, (_, step) => ({
    startMillis: first + step * stepMillis,
    ...NOTHING,
  }));
  for (const point of read) {
    const step = Math.floor((point.startMillis - first) / stepMillis);
    const place = series[step];
    if (place) series[step] = { ...point, startMillis: place.startMillis };
  }
  return series;
}

function readLoad(load: Wire): Load {
  return {
    requests: count(load['requests']),
    errors: count(load['errors']),
    p50: numberOrNull(load['p50Nano']),
    p90: numberOrNull(load['p90Nano']),
    p99: numberOrNull(load['p99Nano']),
  };
}

function readExemplar(value: unknown): Exemplar {
  const one = object(value);
  return {
    traceId: text(one['traceId']),
    startMillis: millisOrNull(one['startTimeUnixNano']),
    durationNano: numberOrNull(one['durationNano']),
    error: flag(one['error']),
  };
}

const NOTHING: Load = { requests: 0, errors: 0, p50: null, p90: null, p99: null };
const STEPS_MAX = 2000;
/** Points of a line: as many as a small chart can show. */
const POINTS = 60;
