// What leads from a trace into others and what came without a span, as the server says it.
import type { SpanEvent } from './span.ts';

/** A span of another trace that links to this one. */
export interface FarSpan {
  traceId: string;
  spanId: string | null;
  service: string | null;
  operation: string | null;
  durationNano: number | null;
  error: boolean;
  /** The spans of this trace that it links to. */
  links: readonly string[];
}

/** A message of this trace that another trace consumes. */
export interface FarHop {
  /** The producer's hop in this trace. */
  parent: number | null;
  traceId: string;
  spanId: string | null;
  service: string | null;
  operation: string | null;
  queueNano: number | null;
  serverNano: number | null;
  error: boolean;
}

/** Who sent what a hop consumes; another trace's span has no index. */
export interface Producer {
  traceId: string | null;
  spanId: string | null;
  service: string | null;
  operation: string | null;
  queueNano: number | null;
}

/** A record of a span that has not come. */
export interface OrphanEvent extends SpanEvent {
  spanId: string | null;
  service: string | null;
}

export interface Across {
  linkedBy: { count: number; truncated: boolean; spans: readonly FarSpan[] };
  farHops: readonly FarHop[];
  orphanEvents: readonly OrphanEvent[];
  orphanEventCount: number;
}

export const NOTHING_ACROSS: Across = {
  linkedBy: { count: 0, truncated: false, spans: [] },
  farHops: [],
  orphanEvents: [],
  orphanEventCount: 0,
};

/** Where a span of another trace is looked at. */
export function addressOfSpan(traceId: string, spanId: string | null): string {
  const search = spanId ? `?span=${encodeURIComponent(spanId)}` : '';
  return `/traces/${encodeURIComponent(traceId)}${search}`;
}
