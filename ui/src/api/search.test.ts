// A summary as the server tells it, and what the page makes of where its root stands.
import { expect, test } from 'vitest';
import { formatPercentile, isSlow } from '../trace/peers.ts';
import { readSummary } from './search.ts';

const told = { traceId: '1', root: { service: 'shop', operation: 'GET /' }, durationNano: 5 };

test('where a root stands is read as a whole or not at all', () => {
  for (const [fields, standing] of [
    [
      { percentile: 99.4, slower: 11.02 },
      { percentile: 99.4, slower: 11.02 },
    ],
    [
      { percentile: 0, slower: 0 },
      { percentile: 0, slower: 0 },
    ],
    [{}, null],
    [{ percentile: 99.4 }, null],
    [{ percentile: '99.4', slower: 11 }, null],
    [{ percentile: null, slower: 11 }, null],
  ] as const) {
    expect(readSummary({ ...told, ...fields }).standing).toEqual(standing);
  }
});

test('only who is among the slowest, and much slower than most, is conspicuous', () => {
  for (const [percentile, slower, slow] of [
    [95, 2, true],
    [100, 40, true],
    [94.99, 9, false],
    [99.9, 1.99, false],
  ] as const) {
    expect(isSlow({ percentile, slower })).toBe(slow);
  }
  expect([43.21, 99.4, 100].map(formatPercentile)).toEqual(['p43.2', 'p99.4', 'p99.9']);
});
