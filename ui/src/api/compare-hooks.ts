// The question about two groups of traces, over the query cache.
import { useQuery } from '@tanstack/react-query';
import type { TraceGroup } from '../trace/trace-group.ts';
import { compareGroups } from './compare-groups.ts';

/** Relative times are those of the moment in which it is asked. */
export function useGroupComparison(a: TraceGroup, b: TraceGroup) {
  return useQuery({
    queryKey: ['group comparison', a, b],
    queryFn: ({ signal }) => compareGroups(a, b, signal),
    staleTime: 60_000,
  });
}
