// The sample trace: five services, one connected tree, half in each language.
import { expect, test } from 'vitest';
import { makeSampleTrace } from './sample-trace.ts';

interface ZipkinSpan {
  traceId: string;
  id: string;
  parentId?: string;
  timestamp: number;
  duration: number;
  localEndpoint: { serviceName: string };
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}

test('every parent is in the trace, ids are fresh, and times are recent', () => {
  const now = 1_790_000_000_000;
  const sample = makeSampleTrace(now, crypto);
  const zipkin = sample.zipkin as ZipkinSpan[];
  const otlp = (
    sample.otlp as { resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[] }
  ).resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
  const ids = new Set([...zipkin.map((span) => span.id), ...otlp.map((span) => span.spanId)]);
  expect(ids.size).toBe(zipkin.length + otlp.length);
  const parents = [
    ...zipkin.map((span) => span.parentId ?? ''),
    ...otlp.map((span) => span.parentSpanId),
  ];
  expect(parents.filter((parent) => parent === '')).toHaveLength(1);
  for (const parent of parents) expect(parent === '' || ids.has(parent)).toBe(true);
  for (const span of [...zipkin, ...otlp]) expect(span.traceId).toBe(sample.traceId);
  for (const span of zipkin) expect((span.timestamp + span.duration) / 1000).toBeLessThan(now);
  for (const span of otlp) {
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThan(BigInt(span.startTimeUnixNano));
    expect(span.startTimeUnixNano).toHaveLength(19);
  }
  expect(makeSampleTrace(now, crypto).traceId).not.toBe(sample.traceId);
});
