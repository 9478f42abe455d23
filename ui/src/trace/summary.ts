// One trace of a search answer: what a result row shows.
import type { Standing } from './peers.ts';
import type { ServiceCount } from './trace.ts';

export interface TraceSummary {
  traceId: string;
  startMillis: number;
  durationNano: number;
  root: { service: string | null; operation: string | null };
  spanCount: number;
  errorCount: number;
  services: ServiceCount[];
  criticalByService: { service: string | null; durationNano: number }[];
  errorOrigin: { service: string | null; text: string } | null;
  /** Where the root stands among its peers; null if they are too few. */
  standing: Standing | null;
}

/** Milliseconds since the epoch. */
export interface Searched {
  from: number;
  to: number;
}

export interface SearchAnswer {
  traces: TraceSummary[];
  truncated: boolean;
  searched: Searched;
  /** Asks for what comes next; null where nothing does, or it cannot be asked for. */
  nextCursor: string | null;
}

/** What a chart needs of a trace. */
export type ChartPoint = Pick<
  TraceSummary,
  'traceId' | 'startMillis' | 'durationNano' | 'errorCount' | 'root' | 'errorOrigin'
>;

/** Service chips: the root's own is left out because the row names it already, unless it is alone. */
export function chipsOf(trace: TraceSummary): ServiceCount[] {
  const others = trace.services.filter((service) => service.name !== trace.root.service);
  if (others.length === 0) return trace.services;
  const onPath = new Map<string, number>();
  for (const { service, durationNano } of trace.criticalByService) {
    if (service) onPath.set(service, durationNano);
  }
  return others.sort((a, b) => (onPath.get(b.name) ?? 0) - (onPath.get(a.name) ?? 0));
}
