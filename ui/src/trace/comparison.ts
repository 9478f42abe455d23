// Two traces beside each other, as the server compared them; here only what is shown of it.

export const CHANGES = [
  'added',
  'missing',
  'slower',
  'slower-below',
  'faster',
  'faster-below',
  'same',
] as const;
export type HopChange = (typeof CHANGES)[number];

export interface ComparedTrace {
  traceId: string;
  startMillis: number | null;
  durationNano: number | null;
  root: { service: string | null; operation: string | null };
  spanCount: number;
  errorCount: number;
}

export interface ComparedSide {
  spanId: string | null;
  totalNano: number | null;
  selfNano: number | null;
  networkNano: number | null;
  error: boolean;
}

export interface ComparedHop {
  parent: number | null;
  depth: number;
  service: string | null;
  operation: string | null;
  kind: string;
  change: HopChange;
  a: ComparedSide | null;
  b: ComparedSide | null;
  differenceNano: number;
}

export interface Comparison {
  a: ComparedTrace;
  b: ComparedTrace;
  differenceNano: number | null;
  otherNano: number | null;
  counts: { added: number; missing: number; slower: number; faster: number; same: number };
  hops: ComparedHop[];
  truncated: boolean;
}

export function differs({ change }: ComparedHop): boolean {
  return change !== 'same';
}

/** The hop that makes most of the difference, and its share of it; null where none stands out. */
export function mostOf<Hop extends { differenceNano: number }>(
  hops: readonly Hop[],
  differenceNano: number | null,
): { hop: Hop; percent: number } | null {
  if (!differenceNano) return null;
  const share = (hop: Hop) => hop.differenceNano / differenceNano;
  const most = hops.reduce<Hop | null>(
    (most, hop) => (share(hop) > (most ? share(most) : 0) ? hop : most),
    null,
  );
  const percent = most ? Math.round(share(most) * 100) : 0;
  return most && percent >= 10 && percent <= 100 ? { hop: most, percent } : null;
}

/** The rows that differ, and those above them, which say where they are. */
export function differing<Hop extends { parent: number | null }>(
  hops: readonly Hop[],
  differs: (hop: Hop) => boolean,
): Set<number> {
  const kept = new Set<number>();
  hops.forEach((hop, index) => {
    if (!differs(hop)) return;
    for (let at: number | null = index; at !== null && !kept.has(at); at = hops[at]?.parent ?? null)
      kept.add(at);
  });
  return kept;
}
