// The hops of a trace by service, or by service and operation: the table of statistics.
import type { Cell } from './csv.ts';
import { type Trace, operationOf, serviceOf } from './trace.ts';

export interface StatisticsRow {
  service: string | null;
  /** Null for all operations of the service. */
  operation: string | null;
  count: number;
  errors: number;
  total: number;
  /** NaN where no hop's own time is known. */
  self: number;
  p50: number;
  max: number;
  critical: number;
}

export const COLUMNS = [
  'name',
  'count',
  'errors',
  'total',
  'self',
  'p50',
  'max',
  'critical',
] as const;
export type Column = (typeof COLUMNS)[number];
export interface Order {
  column: Column;
  down: boolean;
}

export function statisticsOf(trace: Trace, by: 'service' | 'operation'): StatisticsRow[] {
  const { hops } = trace;
  const found = new Map<string, { row: StatisticsRow; totals: number[] }>();
  for (let hop = 0; hop < hops.count; hop++) {
    const record = hops.records[hop]!;
    const service = serviceOf(record);
    const operation = by === 'operation' ? operationOf(record) : null;
    const key = JSON.stringify([service, operation]);
    let entry = found.get(key);
    if (!entry) {
      const row = { count: 0, errors: 0, total: 0, self: NaN, p50: NaN, max: NaN, critical: 0 };
      entry = { row: { service, operation, ...row }, totals: [] };
      found.set(key, entry);
    }
    const { row, totals } = entry;
    row.count++;
    row.errors += hops.error[hop]!;
    row.critical += hops.critical[hop] || 0;
    const total = hops.total[hop]!;
    if (!Number.isNaN(total)) {
      row.total += total;
      totals.push(total);
    }
    const self = hops.self[hop]!;
    if (!Number.isNaN(self)) row.self = (row.self || 0) + self;
  }
  return [...found.values()].map(({ row, totals }) => {
    totals.sort((a, b) => a - b);
    row.max = totals.at(-1) ?? NaN;
    // The nearest rank: a duration that was measured, not one between two.
    row.p50 = totals[Math.max(0, Math.ceil(totals.length / 2) - 1)] ?? NaN;
    return row;
  });
}

/** What is not known goes last, whichever way the column is ordered; equals stay by name. */
export function ordered(rows: readonly StatisticsRow[], { column, down }: Order): StatisticsRow[] {
  const name = (row: StatisticsRow) => `${row.service ?? ''}\u0000${row.operation ?? ''}`;
  const byName = (a: StatisticsRow, b: StatisticsRow) => (name(a) < name(b) ? -1 : 1);
  return [...rows].sort((a, b) => {
    if (column === 'name') return down ? byName(b, a) : byName(a, b);
    const one = a[column];
    const other = b[column];
    if (Number.isNaN(one) || Number.isNaN(other))
      return Number(Number.isNaN(one)) - Number(Number.isNaN(other)) || byName(a, b);
    return (down ? other - one : one - other) || byName(a, b);
  });
}

/** The rows with their head, for programs: names as in the API, durations in nanoseconds. */
export function statisticsCells(rows: readonly StatisticsRow[]): Cell[][] {
  const head = ['service', 'operation', 'calls', 'errors'];
  const measures = ['total', 'self', 'p50', 'max', 'critical'] as const;
  return [
    [...head, ...measures.map((name) => `${name}Nano`)],
    ...rows.map((row) => [
      row.service,
      row.operation,
      row.count,
      row.errors,
      ...measures.map((name) => row[name]),
    ]),
  ];
}
