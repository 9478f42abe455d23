// The ties of one span, in the directions that the panel lists them.
import type { Attribute, Span } from '../../trace/span.ts';
import type { Trace } from '../../trace/trace.ts';

export interface Tie {
  traceId: string;
  spanId: string | null;
  service: string | null;
  operation: string | null;
  queueNano: number | null;
  error: boolean;
  attributes: readonly Attribute[];
}

export function tiesOf(trace: Trace, hop: number, span: Span) {
  const record = trace.hops.records[hop]!;
  const { linkedBy, farHops } = trace.across;
  const plain = { queueNano: null, error: false, attributes: [] };
  const caller = record.caller;
  // A producer of another trace is the caller itself, unless there are several.
  const sent =
    record.producers.length === 0 && caller?.traceId ? [{ ...caller, queueNano: null }] : [];
  const producers: Tie[] = [...sent, ...record.producers].map((producer) => ({
    ...plain,
    ...producer,
    traceId: producer.traceId ?? trace.id,
  }));
  const out: Tie[] = span.links.map((link) => ({
    ...plain,
    service: null,
    operation: null,
    ...link,
  }));
  const into: Tie[] = linkedBy.spans
    .filter((far) => far.links.includes(span.spanId))
    .map((far) => ({ ...plain, ...far, queueNano: null }));
  const far: Tie[] = farHops
    .filter((one) => one.parent === hop)
    .map((one) => ({ ...plain, ...one }));
  return [
    ['producers', producers],
    ['far', far],
    ['out', out],
    ['in', into],
  ] as const;
}

export function countTies(trace: Trace, hop: number, span: Span): number {
  return tiesOf(trace, hop, span).reduce((count, [, ties]) => count + ties.length, 0);
}
