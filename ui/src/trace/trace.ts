// A trace as the pages want it: hops in flat columns, so that 100,000 of them cost passes over arrays and no objects.
import type { Across, Producer } from './across.ts';
import { type Folding, type HopGroup, foldGroups } from './groups.ts';
import type { Peers } from './peers.ts';
import type { Span } from './span.ts';

export interface ServiceCount {
  name: string;
  spanCount: number;
  errorCount: number;
}

export interface ClockSkew {
  service: string | null;
  host: string | null;
  offsetNano: number;
  confidence: number | null;
}

export type HopKind = 'rpc' | 'messaging' | 'database' | 'local';

/** One call as the server described it, before it becomes a row of the columns. */
export interface HopRecord {
  parent: number | null;
  kind: HopKind;
  protocol: string | null;
  caller: HopEnd | null;
  callee: HopEnd | null;
  /** Nanoseconds since the trace's start. */
  start: number;
  /** The same of the called side, or null if the server does not say. */
  serverStart: number | null;
  clientNano: number | null;
  serverNano: number | null;
  networkNano: number | null;
  selfNano: number | null;
  criticalNano: number | null;
  error: boolean;
  /** The server's short words of what went wrong. */
  errorText: string | null;
  notes: readonly string[];
  /** Where its group stands in the trace's groups. */
  group: number | null;
  peers: Peers | null;
  /** Who sent what it consumes, when its caller is not all of it. */
  producers: readonly Producer[];
}

export interface HopEnd {
  service: string | null;
  operation: string | null;
  spanId: string | null;
  /** Where its span stands in the trace's spans, or null if it was not received. */
  spanIndex: number | null;
  /** Set where the span is of another trace. */
  traceId: string | null;
}

/** Columns, one entry a hop, in pre-order. NaN means "not recorded", which is never zero. */
export interface Hops {
  count: number;
  /** The greatest depth, -1 where there is no hop. */
  deepest: number;
  /** -1 for a root. */
  parent: Int32Array;
  depth: Int32Array;
  /** One past the last hop below this one. */
  end: Int32Array;
  setSize: Int32Array;
  position: Int32Array;
  start: Float64Array;
  total: Float64Array;
  client: Float64Array;
  server: Float64Array;
  serverStart: Float64Array;
  network: Float64Array;
  self: Float64Array;
  critical: Float64Array;
  error: Uint8Array;
  records: readonly HopRecord[];
}

export interface PathPart {
  hop: number;
  service: string | null;
  start: number;
  durationNano: number;
  part: string;
}

/** Where a span lies in time; what the bar needs of it without reading the whole span. */
export interface SpanTimes {
  start: Float64Array;
  duration: Float64Array;
}

export interface TraceFacts {
  id: string;
  startMillis: number;
  startNano: string;
  durationNano: number;
  root: { service: string | null; operation: string | null };
  spanCount: number;
  errorCount: number;
  services: ServiceCount[];
  complete: boolean;
  missingParents: number;
  truncated: boolean;
  clockSkew: ClockSkew[];
  groups: readonly HopGroup[];
  /** Whether the server says why a trace is slow: those that tell groups do. */
  explained: boolean;
  across: Across;
}

export interface Trace extends TraceFacts {
  hops: Hops;
  folding: Folding;
  /** In the order of time. */
  path: PathPart[];
  /** For each hop the first entry of pathOf; one more at the end. */
  pathFirst: Int32Array;
  pathOf: Int32Array;
  /** Where the axis begins and ends, in nanoseconds since the trace's start. */
  axis: { start: number; end: number };
  hopBySpan: ReadonlyMap<string, number>;
  /** For each span of the trace its hop, or -1. */
  hopByIndex: Int32Array;
  spanTimes: SpanTimes;
  /** Whether the answer brought its spans: those of a large trace are asked for when somebody looks. */
  spansTold: boolean;
  /** Null if the answer did not bring it. */
  readSpan: (index: number) => Span | null;
  /** When the events of a hop were, in nanoseconds since the trace's start. */
  eventTimes: (hop: number) => readonly number[];
}

export interface PathRecord {
  spanIndex: number | null;
  spanId: string | null;
  service: string | null;
  start: number;
  durationNano: number;
  part: string;
}

/**
 * Turns the parsed answer into columns. Linear in hops and path parts; no recursion, so depth has no limit.
 * `eventTimes` is what an answer without spans says of their events.
 */
export function buildTrace(
  facts: TraceFacts,
  records: readonly HopRecord[],
  pathRecords: readonly PathRecord[],
  spanTimes: SpanTimes,
  readSpan: (index: number) => Span | null,
  eventTimes: Trace['eventTimes'] | null = null,
): Trace {
  const hops = buildHops(records, spanTimes);
  let hopBySpan: Map<string, number> | null = null;
  const hopByIndex = new Int32Array(Math.max(spanTimes.start.length, facts.spanCount)).fill(-1);
  for (let hop = 0; hop < records.length; hop++) {
    const { callee, caller } = records[hop]!;
    for (const end of [callee, caller]) {
      const index = end?.spanIndex ?? -1;
      if (index >= 0 && hopByIndex[index] === -1) hopByIndex[index] = hop;
    }
  }
  const path = pathRecords.map(({ spanIndex, spanId, service, start, durationNano, part }) => {
    const byIndex = spanIndex === null ? -1 : (hopByIndex[spanIndex] ?? -1);
    const byId = () => (spanId === null ? -1 : (mapped().get(spanId) ?? -1));
    return { hop: byIndex >= 0 ? byIndex : byId(), service, start, durationNano, part };
  });
  /** Made when somebody asks for a span by its id: of a large trace it takes as long as all the rest. */
  const mapped = () => (hopBySpan ??= mapSpans(records));
  return {
    ...facts,
    hops,
    folding: foldGroups(hops, facts.groups),
    path,
    ...groupByHop(path, hops.count),
    axis: extent(hops, facts.durationNano),
    get hopBySpan() {
      return mapped();
    },
    hopByIndex,
    spanTimes,
    spansTold: eventTimes === null,
    readSpan,
    eventTimes: eventTimes ?? ((hop) => eventTimesOf(records[hop], readSpan)),
  };
}

function mapSpans(records: readonly HopRecord[]): Map<string, number> {
  const hopBySpan = new Map<string, number>();
  records.forEach(({ callee, caller }, hop) => {
    for (const end of [callee, caller])
      if (end?.spanId && !hopBySpan.has(end.spanId)) hopBySpan.set(end.spanId, hop);
  });
  return hopBySpan;
}

function eventTimesOf(record: HopRecord | undefined, readSpan: Trace['readSpan']): number[] {
  return [record?.callee, record?.caller].flatMap((end) => {
    const span = end?.spanIndex == null ? null : readSpan(end.spanIndex);
    const times = span?.events.slice(0, MOST_EVENTS).map((event) => event.offset) ?? [];
    return times.filter((time) => time !== null);
  });
}

/** A bar has no room for more. */
const MOST_EVENTS = 50;

/** The service whose colour and name the row bears: the one that was called. */
export function serviceOf(record: HopRecord): string | null {
  return record.callee?.service ?? record.caller?.service ?? null;
}

export function operationOf(record: HopRecord): string | null {
  return record.callee?.operation ?? record.caller?.operation ?? null;
}

/** The span to show first for a hop: the half that did the work. */
export function spanIndexOf(record: HopRecord): number | null {
  return record.callee?.spanIndex ?? record.caller?.spanIndex ?? null;
}

export function spanIdOf(record: HopRecord): string | null {
  return record.callee?.spanId ?? record.caller?.spanId ?? null;
}

export function maxDepth(hops: Hops): number {
  return hops.deepest + 1;
}

function buildHops(records: readonly HopRecord[], spanTimes: SpanTimes): Hops {
  const count = records.length;
  const whole = () => new Int32Array(count);
  const nanos = () => new Float64Array(count);
  const hops: Hops = {
    count,
    deepest: -1,
    parent: whole(),
    depth: whole(),
    end: whole(),
    setSize: whole(),
    position: whole(),
    start: nanos(),
    total: nanos(),
    client: nanos(),
    server: nanos(),
    serverStart: nanos(),
    network: nanos(),
    self: nanos(),
    critical: nanos(),
    error: new Uint8Array(count),
    records,
  };
  // Entry 0 counts the roots, entry i + 1 the children of hop i.
  const children = new Int32Array(count + 1);
  records.forEach((record, hop) => {
    // A parent that does not come first cannot be trusted: such a hop hangs in the air as a root.
    const parent = record.parent !== null && record.parent < hop ? record.parent : -1;
    hops.parent[hop] = parent;
    hops.depth[hop] = parent < 0 ? 0 : hops.depth[parent]! + 1;
    hops.deepest = Math.max(hops.deepest, hops.depth[hop]!);
    hops.position[hop] = ++children[parent + 1]!;
    hops.start[hop] = record.start;
    hops.client[hop] = record.clientNano ?? NaN;
    hops.server[hop] = record.serverNano ?? NaN;
    hops.total[hop] = totalOf(record, spanTimes);
    hops.serverStart[hop] = serverStartOf(record, spanTimes);
    hops.network[hop] = record.networkNano ?? NaN;
    hops.self[hop] = record.selfNano ?? NaN;
    hops.critical[hop] = record.criticalNano ?? NaN;
    hops.error[hop] = record.error ? 1 : 0;
  });
  for (let hop = count - 1; hop >= 0; hop--) {
    hops.end[hop] = Math.max(hops.end[hop]!, hop + 1);
    const parent = hops.parent[hop]!;
    hops.setSize[hop] = children[parent + 1]!;
    if (parent >= 0) hops.end[parent] = Math.max(hops.end[parent]!, hops.end[hop]!);
  }
  return hops;
}

/** What the caller waited; for a message the whole way from publish to the consumer's end. */
function totalOf(record: HopRecord, spanTimes: SpanTimes): number {
  if (record.kind === 'messaging' && record.serverNano !== null) {
    return Math.max(
      record.clientNano ?? 0,
      serverStartOf(record, spanTimes) + record.serverNano - record.start,
    );
  }
  return record.clientNano ?? record.serverNano ?? NaN;
}

function serverStartOf(record: HopRecord, spanTimes: SpanTimes): number {
  if (record.serverNano === null) return NaN;
  if (record.serverStart !== null) return record.serverStart;
  const index = record.callee?.spanIndex ?? null;
  const recorded = index === null ? NaN : (spanTimes.start[index] ?? NaN);
  if (!Number.isNaN(recorded)) return recorded;
  // Without the span's own time the network is assumed to be the same both ways.
  return record.start + (record.clientNano === null ? 0 : (record.networkNano ?? 0) / 2);
}

function groupByHop(path: readonly PathPart[], count: number) {
  const pathFirst = new Int32Array(count + 1);
  for (const part of path) if (part.hop >= 0) pathFirst[part.hop + 1]!++;
  for (let hop = 0; hop < count; hop++) pathFirst[hop + 1]! += pathFirst[hop]!;
  const pathOf = new Int32Array(pathFirst[count] ?? 0);
  const next = pathFirst.slice();
  path.forEach((part, index) => {
    if (part.hop >= 0) pathOf[next[part.hop]!++] = index;
  });
  return { pathFirst, pathOf };
}

function extent(hops: Hops, durationNano: number): { start: number; end: number } {
  let start = 0;
  let end = durationNano;
  for (let hop = 0; hop < hops.count; hop++) {
    start = Math.min(start, hops.start[hop]!);
    const total = hops.total[hop]!;
    if (!Number.isNaN(total)) end = Math.max(end, hops.start[hop]! + total);
  }
  return { start, end: end > start ? end : start + 1 };
}
