// Two groups of traces beside each other, as the server compared them; here only what is shown of it.
import { CHANGES } from './comparison.ts';

export const GROUP_CHANGES = [...CHANGES, 'few'] as const;
export type GroupChange = (typeof GROUP_CHANGES)[number];
export const TRENDS = ['more', 'fewer', 'same'] as const;
export type Trend = (typeof TRENDS)[number];

export interface Quantiles {
  p50Nano: number;
  p99Nano: number;
}

export interface ComparedGroup {
  traceCount: number;
  failingCount: number;
  spanCount: number;
  duration: Quantiles | null;
  meanNano: number | null;
  slowest: string | null;
  /** Ids that are not kept. */
  missing: readonly string[];
  truncated: boolean;
}

export interface GroupSide {
  traceCount: number;
  share: number;
  callCount: number;
  callsPerTrace: number;
  errorCount: number;
  failingCount: number;
  total: Quantiles | null;
  self: Quantiles | null;
  traceId: string | null;
  spanId: string | null;
}

export interface MergedHop {
  parent: number | null;
  depth: number;
  service: string | null;
  operation: string | null;
  kind: string;
  change: GroupChange;
  calls: Trend;
  errors: Trend;
  a: GroupSide | null;
  b: GroupSide | null;
  differenceNano: number;
}

export const GROUP_COUNTS = [
  'slower',
  'faster',
  'added',
  'missing',
  'moreCalls',
  'fewerCalls',
  'moreErrors',
  'fewerErrors',
] as const;

export interface GroupComparison {
  a: ComparedGroup;
  b: ComparedGroup;
  change: GroupChange;
  errors: Trend;
  differenceNano: number | null;
  otherNano: number | null;
  counts: Record<(typeof GROUP_COUNTS)[number], number>;
  hops: MergedHop[];
  truncated: boolean;
}

/** Whether anything of a merged hop differs by more than chance. */
export function hopDiffers({ change, calls, errors }: MergedHop): boolean {
  return (change !== 'same' && change !== 'few') || calls !== 'same' || errors !== 'same';
}

/** Fewer of something have no percentiles: the 99th would be the longest. */
export const FEW = 20;
