// What is worth saying first of a server, and the refusals of all senders as one list.
import { expect, test } from 'vitest';
import {
  type Sender,
  type SenderTable,
  type ServerStatus,
  lastRefusal,
  refusalsOf,
  verdict,
} from './senders.ts';

const NOW = 1_800_000_000_000;

function sender(change: Partial<Sender> = {}): Sender {
  return {
    userAgent: 'a/1',
    transport: 'http',
    format: 'zipkin_json_v2',
    sdks: [],
    services: [],
    namesLeftOut: false,
    requests: 1,
    bytes: 1,
    spansAccepted: 1,
    spansUnsampled: 0,
    requestsRefused: [],
    spansRefused: [],
    firstMillis: NOW,
    lastMillis: NOW,
    lastAcceptedMillis: NOW,
    lastRefusal: null,
    ...change,
  };
}

function table(senders: Sender[], others: Sender | null = null): SenderTable {
  return { senders, others, sendersMax: 1000, othersRequests: 0 };
}

function status(store: object = {}, ingest: object = {}, more: object = {}): ServerStatus {
  return {
    panicsCaught: 0,
    store: { failures: 0, bucketsDroppedEarly: 0, ...store },
    ingest: { spansRefused: 0, requestsRejected: 0, ...ingest },
    ...more,
  } as ServerStatus;
}

const told = (minutes: number) =>
  sender({ lastRefusal: { atMillis: NOW - minutes * 60_000, text: 'no' } });

test.each([
  ['fine', status(), table([sender()])],
  ['fine', status(), null],
  ['refused', status({}, { spansRefused: 2 }), table([told(61)])],
  ['refusing', status({}, { spansRefused: 2 }), table([sender(), told(59)])],
  ['refusing', status({}, { requestsRejected: 1 }), table([sender()], told(1))],
  ['dropped-early', status({ bucketsDroppedEarly: 1 }), table([told(1)])],
  ['store-failed', status({ failures: 1, bucketsDroppedEarly: 1 }), table([])],
  ['store-failed', status({}, {}, { panicsCaught: 1 }), table([])],
] as const)('%s', (expected, status, table) => expect(verdict(status, table, NOW)).toBe(expected));

test('refusals of all senders are one list, the most first, with those of the others', () => {
  const one = sender({ requestsRefused: [{ reason: 'too_large', count: 1 }] });
  const other = sender({ spansRefused: [{ reason: 'invalid_id', count: 9 }] });
  const rows = refusalsOf(table([one], other));
  expect(rows.map(({ reason, count, what }) => [reason, count, what])).toEqual([
    ['invalid_id', 9, 'spans'],
    ['too_large', 1, 'requests'],
  ]);
});

test('the refusal told last is found whoever was told', () => {
  expect(lastRefusal(table([sender()]))).toBeNull();
  expect(lastRefusal(table([told(9), told(2)], told(5)))?.atMillis).toBe(NOW - 120_000);
});
