// The same trace, told as a list and as columns by the server's own words, is the same trace.
import { expect, test } from 'vitest';
import { type HopRecord } from '../trace/trace.ts';
import { readTrace } from './trace.ts';

const LISTED = {
  hops: [
    {
      index: 0,
      parent: null,
      caller: null,
      callee: { service: 'web', operation: 'GET /', spanId: 'a'.repeat(16), spanIndex: 0 },
      kind: 'rpc',
      protocol: 'http',
      startTimeUnixNano: '1700000000000000000',
      serverStartTimeUnixNano: '1700000000000000000',
      clientDurationNano: null,
      serverDurationNano: 100,
      networkDurationNano: null,
      selfDurationNano: 40,
      criticalDurationNano: 40,
      error: false,
      errorText: null,
      notes: [],
    },
    {
      index: 1,
      parent: 0,
      caller: { service: 'web', operation: null, spanId: 'a'.repeat(16), spanIndex: null },
      callee: { service: 'shop', operation: 'buy', spanId: 'b'.repeat(16), spanIndex: 1 },
      kind: 'rpc',
      protocol: null,
      startTimeUnixNano: '1700000000000000020',
      serverStartTimeUnixNano: '1700000000000000020',
      clientDurationNano: null,
      serverDurationNano: 60,
      networkDurationNano: null,
      selfDurationNano: 60,
      criticalDurationNano: 60,
      error: true,
      errorText: 'boom',
      notes: ['server only'],
      group: 0,
      peers: { window: '1h', count: 100, p50Nano: 10, p99Nano: 90, percentile: 99.5, slower: 6 },
    },
    {
      index: 2,
      parent: 1,
      caller: null,
      callee: { service: 'mail', operation: 'send', spanId: 'c'.repeat(16), spanIndex: 2 },
      kind: 'messaging',
      protocol: 'kafka',
      startTimeUnixNano: '1700000000000000030',
      serverStartTimeUnixNano: '1700000000000000030',
      clientDurationNano: null,
      serverDurationNano: 5,
      networkDurationNano: null,
      selfDurationNano: 5,
      criticalDurationNano: 0,
      error: false,
      errorText: null,
      notes: [],
      producers: [
        { service: 'shop', operation: 'publish', spanId: 'd'.repeat(16), queueDurationNano: 3 },
      ],
    },
  ],
  criticalPath: [
    {
      spanId: 'a'.repeat(16),
      spanIndex: 0,
      service: 'web',
      startTimeUnixNano: '1700000000000000000',
      durationNano: 20,
      part: 'self',
    },
    {
      spanId: null,
      spanIndex: null,
      service: null,
      startTimeUnixNano: '1700000000000000020',
      durationNano: 80,
      part: 'gap',
    },
  ],
};
const HEAD = {
  traceId: '7',
  startTimeUnixNano: '1700000000000000000',
  durationNano: 100,
  spanCount: 3,
  groups: [{ kind: 'repeat', count: 5, errorCount: 0, within: null }],
};
const COLUMNS = {
  hopColumns: {
    parent: [-1, 0, 1],
    kind: [0, 0, 1],
    protocol: [2, -1, 3],
    callerService: [-1, 4, -1],
    callerOperation: [-1, -1, -1],
    calleeService: [4, 5, 6],
    calleeOperation: [7, 8, 9],
    errorText: [-1, 10, -1],
    notes: [0, 1, 0],
    noteSets: [[], ['server only']],
    callerSpan: [-1, -1, -1],
    calleeSpan: [0, 1, 2],
    callerElsewhere: [-1, 0, -1],
    calleeElsewhere: [-1, -1, -1],
    spanIds: 'a'.repeat(16) + 'b'.repeat(16) + 'c'.repeat(16),
    elsewhereIds: 'a'.repeat(16),
    start: [0, 20, 30],
    serverStart: [0, 20, 30],
    client: [null, null, null],
    server: [100, 60, 5],
    network: [null, null, null],
    self: [40, 60, 5],
    critical: [40, 60, 0],
    error: [0, 1, 0],
    group: [-1, 0, -1],
    peers: [-1, 0, -1],
    usual: [{ window: '1h', count: 100, p50Nano: 10, p99Nano: 90 }],
    percentile: [null, 99.5, null],
    slower: [null, 6, null],
    eventHop: [1, 1, 2],
    eventTime: [25, 26, 33],
    whole: [LISTED.hops[2]],
    texts: [
      'rpc',
      'messaging',
      'http',
      'kafka',
      'web',
      'shop',
      'mail',
      'GET /',
      'buy',
      'send',
      'boom',
      'self',
      'gap',
    ],
  },
  pathColumns: {
    span: [0, -1],
    service: [4, -1],
    part: [11, 12],
    start: [0, 20],
    duration: [20, 80],
  },
};
const FIELDS: readonly (keyof HopRecord)[] = [
  'parent',
  'kind',
  'protocol',
  'caller',
  'callee',
  'start',
  'serverStart',
  'clientNano',
  'serverNano',
  'networkNano',
  'selfNano',
  'criticalNano',
  'error',
  'errorText',
  'notes',
  'group',
  'peers',
  'producers',
];

test('columns are read into the trace that a list is read into', () => {
  const listed = readTrace({ ...HEAD, ...LISTED, spans: [] });
  const told = readTrace({ ...HEAD, ...COLUMNS });
  for (const [hop, record] of listed.hops.records.entries())
    for (const field of FIELDS)
      expect({ hop, field, is: told.hops.records[hop]![field] }).toEqual({
        hop,
        field,
        is: record[field],
      });
  expect({ ...told.hops, records: [] }).toEqual({ ...listed.hops, records: [] });
  expect(told.path).toEqual(listed.path);
  expect([...told.hopBySpan]).toEqual([...listed.hopBySpan]);
  expect(told.folding).toEqual(listed.folding);
  expect(told.spansTold).toBe(false);
  expect(listed.spansTold).toBe(true);
  expect([0, 1, 2].map((hop) => told.eventTimes(hop))).toEqual([[], [25, 26], [33]]);
});

test('columns with holes cost no page', () => {
  const told = readTrace({ ...HEAD, hopColumns: { parent: [-1, 0], texts: 'none' } });
  expect(told.hops.count).toBe(2);
  expect(told.hops.records[1]!.callee).toBeNull();
  expect(told.hops.records[1]!.peers).toBeNull();
  expect(told.path).toEqual([]);
  expect(told.eventTimes(1)).toEqual([]);
});
