// The parts of a hop's bar, where they really lay in time.
import type { Trace } from './trace.ts';

export type BarPart = 'network' | 'self' | 'below' | 'unknown';

export interface Segment {
  part: BarPart;
  start: number;
  end: number;
}

/** Adjoining segments from the hop's start to its end; none when nothing about its time was recorded. */
export function barOf(trace: Trace, hop: number): Segment[] {
  const { hops } = trace;
  const total = hops.total[hop]!;
  if (Number.isNaN(total)) return [];
  const start = hops.start[hop]!;
  const end = start + total;
  const record = hops.records[hop]!;
  const server = hops.server[hop]!;
  if (Number.isNaN(server)) {
    const waits = waitsBelow(trace, hop, start, end);
    const rest: BarPart = record.kind === 'local' ? 'self' : 'unknown';
    return fill(start, end, waits, rest, 'below');
  }
  const serverStart = clamp(hops.serverStart[hop]!, start, end);
  const serverEnd = clamp(serverStart + server, serverStart, end);
  const segments = between(trace, hop, serverStart, serverEnd);
  if (record.kind === 'messaging' && record.clientNano !== null) {
    // Publishing is work, then the message waits in the queue, then the consumer works.
    const published = clamp(start + record.clientNano, start, serverStart);
    return [
      ...part('self', start, published),
      ...part('network', published, serverStart),
      ...segments,
      ...part('network', serverEnd, end),
    ];
  }
  return [...part('network', start, serverStart), ...segments, ...part('network', serverEnd, end)];
}

/** The intervals of the critical path that belong to this hop. */
export function pathOf(trace: Trace, hop: number): { start: number; end: number }[] {
  const parts: { start: number; end: number }[] = [];
  for (let at = trace.pathFirst[hop]!; at < trace.pathFirst[hop + 1]!; at++) {
    const entry = trace.path[trace.pathOf[at]!];
    if (entry) parts.push({ start: entry.start, end: entry.start + entry.durationNano });
  }
  return parts;
}

/** How a hop's time adds up. Parts that were not recorded are null. */
export interface Split {
  total: number | null;
  network: number | null;
  server: number | null;
  self: number | null;
  below: number | null;
}

export function splitOf(trace: Trace, hop: number): Split {
  const { hops } = trace;
  const known = (value: number) => (Number.isNaN(value) ? null : value);
  const server = known(hops.server[hop]!);
  const self = known(hops.self[hop]!);
  return {
    total: known(hops.total[hop]!),
    network: known(hops.network[hop]!),
    server,
    self,
    below: server === null || self === null ? null : Math.max(0, server - self),
  };
}

function between(trace: Trace, hop: number, start: number, end: number): Segment[] {
  return fill(start, end, waitsBelow(trace, hop, start, end), 'self', 'below');
}

/** The union of the times in which this hop waited for calls it made, as flat start and end pairs. */
function waitsBelow(trace: Trace, hop: number, from: number, to: number): number[] {
  const { hops } = trace;
  const intervals: [number, number][] = [];
  for (let child = hop + 1; child < hops.end[hop]!; child = hops.end[child]!) {
    const record = hops.records[child]!;
    // Nobody waits for a consumer, only for the publishing.
    const waited = record.kind === 'messaging' ? record.clientNano : hops.total[child]!;
    if (waited === null || Number.isNaN(waited)) continue;
    const start = clamp(hops.start[child]!, from, to);
    const end = clamp(hops.start[child]! + waited, from, to);
    if (end > start) intervals.push([start, end]);
  }
  intervals.sort((a, b) => a[0] - b[0]);
  const union: number[] = [];
  for (const [start, end] of intervals) {
    const last = union.length - 1;
    if (last > 0 && start <= union[last]!) union[last] = Math.max(union[last]!, end);
    else union.push(start, end);
  }
  return union;
}

function fill(start: number, end: number, union: number[], gap: BarPart, inside: BarPart) {
  const segments: Segment[] = [];
  let at = start;
  for (let index = 0; index < union.length; index += 2) {
    segments.push(
      ...part(gap, at, union[index]!),
      ...part(inside, union[index]!, union[index + 1]!),
    );
    at = union[index + 1]!;
  }
  segments.push(...part(gap, at, end));
  return segments;
}

function part(name: BarPart, start: number, end: number): Segment[] {
  return end > start ? [{ part: name, start, end }] : [];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
