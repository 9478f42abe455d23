// What the collector tells of a made-up trace beyond its hops: groups, peers, findings, ties to other traces.
import type { traceAnswer } from './calls.ts';

type Answer = ReturnType<typeof traceAnswer>;
interface End {
  service: string;
  operation: string;
  spanId: string | null;
}
interface Hop {
  index: number;
  parent: number | null;
  callee: End;
  caller: End | null;
  kind: string;
  startTimeUnixNano: string;
  clientDurationNano: number | null;
  serverDurationNano: number | null;
  criticalDurationNano: number;
  error: boolean;
  group?: number;
  peers?: unknown;
}

const LEAST = 5;

/** Adds groups of repeated calls, and peers where a call was slow. */
export function told(answer: Answer) {
  const hops = answer.hops as unknown as Hop[];
  const families = new Map<string, Hop[]>();
  for (const hop of hops) {
    const key = JSON.stringify([hop.parent, hop.callee.service, hop.callee.operation]);
    families.set(key, [...(families.get(key) ?? []), hop]);
  }
  const groups: unknown[] = [];
  for (const family of families.values()) {
    const retried = family.length > 1 && family[0]?.error === true;
    if (family.length < LEAST && !retried) continue;
    const [first] = family;
    if (!first) continue;
    const starts = family.map((hop) => BigInt(hop.startTimeUnixNano));
    const ends = family.map((hop, at) => (starts[at] ?? 0n) + BigInt(durationOf(hop)));
    const start = starts.reduce((a, b) => (a < b ? a : b));
    const sum = (of: (hop: Hop) => number) => family.reduce((whole, hop) => whole + of(hop), 0);
    for (const hop of family) hop.group = groups.length;
    groups.push({
      kind: retried ? 'retry' : 'n-plus-one',
      parent: first.parent,
      within: null,
      basis: retried ? 'failed, then again' : 'one after another',
      caller: first.caller?.service ?? null,
      callee: first.callee.service,
      operation: first.callee.operation,
      count: family.length,
      errorCount: family.filter((hop) => hop.error).length,
      parallel: 1,
      startTimeUnixNano: String(start),
      durationNano: Number(ends.reduce((a, b) => (a > b ? a : b)) - start),
      sumNano: sum(durationOf),
      criticalNano: sum((hop) => hop.criticalDurationNano),
      hops: family.slice(0, 100).map((hop) => hop.index),
      spanIds: family.slice(0, 100).map((hop) => hop.caller?.spanId ?? hop.callee.spanId),
    });
  }
  for (const [place, hop] of hops.entries()) {
    const factor = PEERS[hop.callee.service];
    if (factor === undefined || place > 500) continue;
    const slower = hop.parent === null ? 9.8 : factor;
    const median = Math.round(durationOf(hop) / slower);
    hop.peers = {
      window: '24h',
      count: 27_104,
      p50Nano: median,
      p99Nano: median * 5,
      percentile: slower > 2 ? 99.6 : 61,
      slower,
    };
  }
  return { ...answer, groups, ...around(answer, hops) };
}

/** The findings of api/hopline/traces/{id}/why. */
export function whyAnswer(answer: ReturnType<typeof told>) {
  const hops = answer.hops as unknown as Hop[];
  const spanOf = (service: string) => {
    const hop = hops.find((hop) => hop.callee.service === service);
    return [hop?.callee.spanId ?? hop?.caller?.spanId ?? ''];
  };
  const finding = (
    kind: string,
    excessNano: number | null,
    share: number | null,
    spanIds: string[],
    values: unknown,
  ) => ({ kind, excessNano, share, spanIds, values, text: `${kind} of the fixtures` });
  const call = { caller: 'payment', callee: 'acme-pay', operation: 'POST /v1/charges' };
  const query = { caller: 'inventory', callee: 'postgresql', operation: 'SELECT stock' };
  const slow = { service: 'payment', operation: 'POST /charge', totalNano: 1_920_000_000 };
  return {
    traceId: answer.traceId,
    durationNano: answer.durationNano,
    truncated: false,
    findings: [
      finding('retries', 1_250_000_000, 0.58, spanOf('acme-pay'), {
        ...call,
        attempts: 2,
        failed: 1,
        errorText: '504',
      }),
      finding('slower-than-peers', 315_000_000, 0.15, spanOf('payment'), {
        ...slow,
        slower: 12,
        peerP50Nano: 160_000_000,
      }),
      finding('n-plus-one', 309_000_000, 0.14, spanOf('inventory'), {
        ...query,
        count: 24,
        criticalNano: 322_000_000,
      }),
      finding('skew', null, null, spanOf('payment'), {
        service: 'payment',
        offsetNano: -1_800_000,
        hops: 1,
      }),
      finding('unheard-of', null, 0.02, [], {}),
    ],
  };
}

const PEERS: Record<string, number | undefined> = {
  'web-frontend': 9.8,
  inventory: 4.6,
  payment: 12,
  'acme-pay': 8.3,
  users: 1,
  orders: 1.1,
};

function durationOf(hop: Hop): number {
  return hop.clientDurationNano ?? hop.serverDurationNano ?? 0;
}

function around(answer: Answer, hops: readonly Hop[]) {
  const sent = hops.find((hop) => hop.kind === 'messaging');
  const root = hops[0]?.callee.spanId ?? '';
  const other = 'c0ffee00000000000000000000000001';
  const far = {
    service: 'audit',
    operation: 'orders process',
    spanId: '00000000000000aa',
    traceId: other,
  };
  return {
    linkedBy: {
      count: 1,
      truncated: true,
      spans: [
        {
          ...far,
          kind: 'CONSUMER',
          startTimeUnixNano: answer.startTimeUnixNano,
          durationNano: 10_000_000,
          error: false,
          links: [root],
        },
      ],
    },
    farHops: sent
      ? [
          {
            parent: sent.index,
            caller: sent.caller,
            callee: { ...far, spanIndex: null },
            kind: 'messaging',
            protocol: 'kafka',
            startTimeUnixNano: sent.startTimeUnixNano,
            serverStartTimeUnixNano: null,
            clientDurationNano: 5_000_000,
            serverDurationNano: 10_000_000,
            networkDurationNano: 40_000_000,
            error: false,
          },
        ]
      : [],
    orphanEventCount: 1,
    orphanEvents: [
      {
        spanId: '00000000000000bb',
        service: 'stock',
        timeUnixNano: answer.startTimeUnixNano,
        name: 'stock did not answer',
        attributes: [{ key: 'level', value: 'warn' }],
      },
    ],
  };
}
