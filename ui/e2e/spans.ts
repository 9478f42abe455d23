// Spans for the tests, in the forms that senders use.
import { randomBytes } from 'node:crypto';
import { makeSampleTrace } from '../src/trace/sample-trace.ts';
import type { Hopline } from './hopline.ts';

export interface Endpoint {
  serviceName: string;
  ipv4?: string;
  port?: number;
}

export interface ZipkinSpan {
  traceId: string;
  id: string;
  parentId?: string;
  kind?: 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
  name?: string;
  /** Microseconds. */
  timestamp: number;
  duration: number;
  /** The server's half of a call whose both halves have one id. */
  shared?: boolean;
  localEndpoint: Endpoint;
  remoteEndpoint?: Endpoint;
  tags?: Record<string, string>;
  annotations?: { timestamp: number; value: string }[];
}

export function newId(bytes: 8 | 16): string {
  return randomBytes(bytes).toString('hex');
}

/** Some seconds ago, in microseconds. */
export function ago(seconds: number): number {
  return (Date.now() - seconds * 1000) * 1000;
}

/** One span that makes a trace by itself. */
export function lone(
  service: string,
  name: string,
  millis: number,
  more: Partial<ZipkinSpan> = {},
): ZipkinSpan {
  return {
    traceId: newId(16),
    id: newId(8),
    kind: 'SERVER',
    name,
    timestamp: ago(60),
    duration: millis * 1000,
    localEndpoint: { serviceName: service },
    ...more,
  };
}

/**
 * front calls back, back asks its database. back's hop takes 100 ms: 10 on the way in, 20 on the way
 * back, 70 in the server, of which 30 wait for the database.
 */
export function threeParts(): ZipkinSpan[] {
  const start = ago(30);
  const root = lone('front', 'get /', 120, { timestamp: start });
  const { traceId } = root;
  const call: ZipkinSpan = {
    traceId,
    id: newId(8),
    parentId: root.id,
    kind: 'CLIENT',
    name: 'get /back',
    timestamp: start + 10_000,
    duration: 100_000,
    localEndpoint: { serviceName: 'front' },
  };
  const served: ZipkinSpan = {
    ...call,
    id: newId(8),
    parentId: call.id,
    kind: 'SERVER',
    timestamp: start + 20_000,
    duration: 70_000,
    localEndpoint: { serviceName: 'back' },
  };
  const query: ZipkinSpan = {
    traceId,
    id: newId(8),
    parentId: served.id,
    kind: 'CLIENT',
    name: 'select items',
    timestamp: start + 40_000,
    duration: 30_000,
    localEndpoint: { serviceName: 'back' },
    remoteEndpoint: { serviceName: 'postgresql' },
  };
  return [root, call, served, query];
}

/** The checkout that the window itself offers, through both doors. */
export async function sendSample(hopline: Hopline) {
  const sample = makeSampleTrace(Date.now(), crypto);
  await Promise.all([hopline.zipkin(sample.zipkin), hopline.otlp(sample.otlp)]);
  const front = sample.zipkin as ZipkinSpan[];
  const requestId = front.find((span) => span.tags?.['x-request-id'])?.tags?.['x-request-id'] ?? '';
  return { traceId: sample.traceId, requestId, front };
}

/** Two runs of the same call: in `a` the database took 400 ms more, and an audit was called that `b` has not. */
export async function twoTraces(hopline: Hopline): Promise<{ a: string; b: string }> {
  const [slow, quick] = [threeParts(), threeParts()];
  const more = 400_000;
  for (const span of slow) span.duration += more;
  const [, , served] = slow;
  if (served) {
    slow.push({
      ...served,
      id: newId(8),
      parentId: served.id,
      kind: 'SERVER',
      name: 'post /audit',
      timestamp: served.timestamp + 5_000,
      duration: 10_000,
      localEndpoint: { serviceName: 'audit' },
    });
  }
  await hopline.zipkin(slow);
  await hopline.zipkin(quick);
  return { a: slow[0]?.traceId ?? '', b: quick[0]?.traceId ?? '' };
}

/**
 * Thirty runs each of the call of `threeParts`, tagged red or blue: in the red ones the database takes
 * 400 ms more and is asked twice, an audit is called that the blue ones do not have, and every other one fails.
 */
export async function twoGroups(hopline: Hopline): Promise<void> {
  for (let run = 0; run < 30; run++) {
    for (const colour of ['red', 'blue']) {
      const spans = threeParts();
      const [root, , served, query] = spans;
      if (!root || !served || !query) return;
      root.tags = { [colour]: 'yes', ...(colour === 'red' && run % 2 === 0 && { error: 'boom' }) };
      const more = run * 300 + (colour === 'red' ? 400_000 : 0);
      for (const span of spans) span.duration += more;
      if (colour === 'red') {
        spans.push({ ...query, id: newId(8), timestamp: query.timestamp + more, duration: 5_000 });
        spans.push({
          ...served,
          id: newId(8),
          parentId: served.id,
          name: 'post /audit',
          timestamp: served.timestamp + 5_000,
          duration: 10_000,
          localEndpoint: { serviceName: 'audit' },
        });
      }
      await hopline.zipkin(spans);
    }
  }
}

/** A list with one span that has no id worth the name, so that the server refuses that one. */
export async function refuse(hopline: Hopline): Promise<void> {
  await hopline.zipkin([lone('shop', 'kept', 5), lone('shop', 'lost', 5, { id: 'not-an-id' })]);
}

/** One trace of many spans: a root, its calls, and what each of them calls. */
export async function sendLarge(hopline: Hopline, count: number): Promise<string> {
  const start = ago(120);
  const root = lone('gateway', 'get /everything', 60_000, { timestamp: start });
  const spans: ZipkinSpan[] = [root];
  let branch = root;
  for (let index = 1; index < count; index++) {
    const top = index % 20 === 1;
    const parent = top ? root : branch;
    const span = lone(`service-${index % 30}`, `step ${index}`, top ? 50 : 2, {
      traceId: root.traceId,
      parentId: parent.id,
      timestamp: top
        ? start + Math.floor((index / count) * 59_000_000)
        : branch.timestamp + 2000 * (index % 20),
    });
    if (top) branch = span;
    spans.push(span);
  }
  for (let at = 0; at < spans.length; at += 5000) await hopline.zipkin(spans.slice(at, at + 5000));
  return root.traceId;
}
