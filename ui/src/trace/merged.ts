// The same calls of the same callers put together: a trace again, in which each way of calling stands once.
import { NOTHING_ACROSS } from './across.ts';
import { type HopRecord, type Trace, buildTrace, operationOf, serviceOf } from './trace.ts';

export interface Merged {
  trace: Trace;
  /** For each merged hop the one of the whole trace that took longest. */
  longest: Int32Array;
  /** For each merged hop how many it stands for. */
  counts: Int32Array;
}

interface Node {
  service: string | null;
  operation: string | null;
  kind: HopRecord['kind'];
  count: number;
  total: number;
  error: boolean;
  longest: number;
  below: Map<string, Node>;
}

/**
 * Durations are summed, so calls that ran at once may be longer than what waited for them: then what is below is
 * drawn as wide as its caller, each in its share.
 */
export function mergeCalls(trace: Trace): Merged {
  const { hops } = trace;
  const top = new Map<string, Node>();
  const nodes: Node[] = [];
  for (let hop = 0; hop < hops.count; hop++) {
    const record = hops.records[hop]!;
    const parent = hops.parent[hop]!;
    const beside = parent < 0 ? top : nodes[parent]!.below;
    const [service, operation] = [serviceOf(record), operationOf(record)];
    const key = JSON.stringify([service, operation]);
    const total = hops.total[hop]! || 0;
    let node = beside.get(key);
    if (!node) {
      const { kind } = record;
      node = {
        service,
        operation,
        kind,
        count: 0,
        total: 0,
        error: false,
        longest: hop,
        below: new Map(),
      };
      beside.set(key, node);
    }
    node.count++;
    node.total += total;
    node.error ||= hops.error[hop] === 1;
    if (total > (hops.total[node.longest]! || 0)) node.longest = hop;
    nodes.push(node);
  }
  return laidOut(trace, top);
}

function laidOut(trace: Trace, top: ReadonlyMap<string, Node>): Merged {
  const records: HopRecord[] = [];
  const merged: Node[] = [];
  /** Still to be placed, the next one last: no recursion, so depth has no limit. */
  const open: { node: Node; parent: number | null; start: number; room: number }[] = [];
  const place = (nodes: readonly Node[], parent: number | null, start: number, room: number) => {
    const sum = nodes.reduce((whole, node) => whole + node.total, 0);
    const scale = sum > room && sum > 0 ? room / sum : 1;
    let at = start;
    const placed = nodes.map((node) => {
      const own = { node, parent, start: at, room: node.total * scale };
      at += own.room;
      return own;
    });
    open.push(...placed.reverse());
  };
  const widest = (nodes: Iterable<Node>) => [...nodes].sort((a, b) => b.total - a.total);
  place(widest(top.values()), null, 0, Infinity);
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, parent, start, room } = next;
    const { service, operation } = node;
    const spanId = `${records.length}`;
    records.push({
      ...NOTHING_KNOWN,
      parent,
      kind: node.kind,
      callee: { service, operation, spanId, spanIndex: null, traceId: null },
      start,
      clientNano: room,
      error: node.error,
    });
    merged.push(node);
    place(widest(node.below.values()), records.length - 1, start, room);
  }
  const whole = [...top.values()].reduce((sum, node) => sum + node.total, 0);
  const facts = { ...factsOf(trace), durationNano: whole, groups: [], across: NOTHING_ACROSS };
  const none = { start: new Float64Array(), duration: new Float64Array() };
  return {
    trace: buildTrace(
      facts,
      records,
      [],
      none,
      () => null,
      () => [],
    ),
    longest: Int32Array.from(merged, (node) => node.longest),
    counts: Int32Array.from(merged, (node) => node.count),
  };
}

function factsOf(trace: Trace) {
  const { id, startMillis, startNano, root, spanCount, errorCount, services } = trace;
  const { complete, missingParents, truncated, clockSkew, explained } = trace;
  const head = { id, startMillis, startNano, root, spanCount, errorCount, services };
  return { ...head, complete, missingParents, truncated, clockSkew, explained };
}

const NOTHING_KNOWN = {
  protocol: null,
  caller: null,
  serverStart: null,
  serverNano: null,
  networkNano: null,
  selfNano: null,
  criticalNano: null,
  errorText: null,
  notes: [],
  group: null,
  peers: null,
  producers: [],
} as const;
