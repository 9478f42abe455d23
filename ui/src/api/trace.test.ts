// Reading trace answers: whole ones, and ones with odd fields.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceAnswer } from '../../dev/calls.ts';
import { checkout } from '../../dev/shop.ts';
import { told } from '../../dev/told.ts';
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

test('what is told beyond the hops is read: groups, peers, ties, late logs', () => {
  const trace = readTrace(told(traceAnswer('abc', 1_700_000_000_000, checkout(1, true))));
  expect(trace.groups.map((group) => group.kind)).toContain('n-plus-one');
  expect(trace.hops.records[0]?.peers).toMatchObject({ window: '24h', slower: 9.8 });
  expect(trace.across.linkedBy.spans[0]).toMatchObject({ service: 'audit', durationNano: 1e7 });
  expect(trace.across.farHops[0]).toMatchObject({ queueNano: 4e7, operation: 'orders process' });
  expect(trace.across.orphanEvents[0]).toMatchObject({ offset: 0, name: 'stock did not answer' });
});

test('half an answer about peers is no answer, odd ties are nothing', () => {
  const answer = traceAnswer('abc', 1_700_000_000_000, checkout(1, true));
  answer.hops[0]!['peers'] = { window: '1h', count: 5, p50Nano: 1, percentile: '99' };
  const odd = { ...answer, linkedBy: 7, farHops: [null], orphanEvents: {}, groups: 'none' };
  const trace = readTrace(odd);
  expect(trace.hops.records[0]?.peers).toBeNull();
  expect(trace.across.linkedBy.spans).toEqual([]);
  expect(trace.across.farHops).toHaveLength(1);
  expect(trace.groups).toEqual([]);
});
