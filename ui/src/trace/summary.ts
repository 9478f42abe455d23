// One trace of a search answer: what a result row shows.
import type { Standing } from './peers.ts';
import type { Sort } from './question.ts';
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

export interface SearchAnswer {
  traces: TraceSummary[];
  truncated: boolean;
  searched: { from: number; to: number };
}

/** The answer comes newest first; sorting is stable, so equal ones stay in that order. */
export function sortTraces(traces: readonly TraceSummary[], sort: Sort): TraceSummary[] {
  const sorted = [...traces];
  if (sort === 'longest') sorted.sort((a, b) => b.durationNano - a.durationNano);
  if (sort === 'errors') sorted.sort((a, b) => b.errorCount - a.errorCount);
  return sorted;
}

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

/** How many of the shown traces each service takes part in, most first. */
export function countServices(traces: readonly TraceSummary[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const trace of traces) {
    for (const service of trace.services) {
      counts.set(service.name, (counts.get(service.name) ?? 0) + 1);
    }
  }
  return new Map([...counts].sort((a, b) => b[1] - a[1]));
}
