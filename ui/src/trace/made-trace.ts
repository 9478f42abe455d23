// Traces for tests: any tree of hops, with times that may lie anywhere.
import fc from 'fast-check';
import { NOTHING_ACROSS } from './across.ts';
import type { HopGroup } from './groups.ts';
import { type HopRecord, type Trace, buildTrace } from './trace.ts';

export interface MadeHop {
  /** How far up the list the parent stands; 0 makes a root. */
  up: number;
  start: number;
  total: number;
  way: number;
  halves: 'both' | 'client' | 'server';
  service: string;
  error: boolean;
  critical: number;
  group?: number;
}

export const madeTrace: fc.Arbitrary<Trace> = fc
  .array(
    fc.record({
      up: fc.integer({ min: 0, max: 6 }),
      start: fc.integer({ min: 0, max: 1000 }),
      total: fc.integer({ min: 0, max: 1000 }),
      way: fc.double({ min: 0, max: 0.5, noNaN: true }),
      halves: fc.constantFrom('both' as const, 'client' as const, 'server' as const),
      service: fc.constantFrom('a', 'b', 'c'),
      error: fc.boolean(),
      critical: fc.integer({ min: 0, max: 1000 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((made) => makeTrace(made));

/** Parents are chosen among the open branch, so that the hops are in pre-order. */
export function makeTrace(made: readonly MadeHop[], groups: readonly HopGroup[] = []): Trace {
  const open: number[] = [];
  const starts: number[] = [];
  const records = made.map((hop, index): HopRecord => {
    while (open.length > hop.up) open.pop();
    const parent = open.at(-1) ?? null;
    open.push(index);
    const way = Math.floor(hop.total * hop.way);
    starts.push(hop.start + (hop.halves === 'both' ? way : 0));
    const server = hop.halves === 'both' ? hop.total - 2 * way : hop.total;
    const end = {
      service: hop.service,
      operation: 'do',
      spanId: `span${index}`,
      spanIndex: index,
      traceId: null,
    };
    return {
      parent,
      kind: 'rpc',
      protocol: null,
      caller:
        hop.halves === 'server'
          ? null
          : { ...end, service: 'x', spanId: `c${index}`, spanIndex: null },
      callee: hop.halves === 'client' ? null : end,
      start: hop.start,
      serverStart: null,
      clientNano: hop.halves === 'server' ? null : hop.total,
      serverNano: hop.halves === 'client' ? null : server,
      networkNano: hop.halves === 'both' ? 2 * way : null,
      selfNano: null,
      criticalNano: hop.critical,
      error: hop.error,
      errorText: null,
      notes: [],
      group: hop.group ?? null,
      peers: null,
      producers: [],
    };
  });
  return buildTrace(
    {
      id: 'made',
      startMillis: 0,
      startNano: '0',
      durationNano: 2000,
      root: { service: 'a', operation: 'do' },
      spanCount: made.length,
      errorCount: 0,
      services: [],
      complete: true,
      missingParents: 0,
      truncated: false,
      clockSkew: [],
      groups,
      explained: false,
      across: NOTHING_ACROSS,
    },
    records,
    [],
    { start: Float64Array.from(starts), duration: new Float64Array(made.length) },
    () => null,
  );
}
