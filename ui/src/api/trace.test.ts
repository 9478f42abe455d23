// Reading trace answers: whole ones, and ones with odd fields.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceAnswer } from '../../dev/calls.ts';
import { checkout } from '../../dev/shop.ts';
import { readTrace } from './trace.ts';

test('a checkout is read into columns, and its critical path adds up to its duration', () => {
  const trace = readTrace(traceAnswer('abc', 1_700_000_000_000, checkout(1, true)));
  expect(trace.root).toEqual({ service: 'web-frontend', operation: 'POST /checkout' });
  expect(trace.hops.start[0]).toBe(0);
  const critical = trace.hops.critical.reduce((sum, part) => sum + part, 0);
  expect(Math.abs(critical - trace.durationNano)).toBeLessThan(1000);
  expect(trace.path.every((part) => part.hop >= 0)).toBe(true);
  expect(trace.readSpan(0)?.service).toBe('web-frontend');
  expect(trace.readSpan(999_999)).toBeNull();
});

test('absent is not zero', () => {
  const trace = readTrace({ traceId: 'a', hops: [{ caller: null, callee: null }] });
  expect(trace.hops.total[0]).toBeNaN();
  expect(trace.hops.critical[0]).toBeNaN();
});

test('no answer can break the reading', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (hop, span) => {
      readTrace({
        hops: [hop, hop],
        spans: [span],
        criticalPath: [hop],
        services: [span],
        clockSkew: [hop],
      });
      readTrace(hop);
      readTrace({ spans: [span] }).readSpan(0);
    }),
  );
});
