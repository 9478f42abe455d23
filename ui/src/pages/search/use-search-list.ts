// The listed traces: the pages of an answer as one list, and the way to the next.
import { useMemo } from 'react';
import type { useSearch } from '../../api/hooks.ts';
import { LIMITS, type Question } from '../../trace/question.ts';
import type { Searched, TraceSummary } from '../../trace/summary.ts';

export interface SearchList {
  traces: TraceSummary[];
  searched: Searched;
  /** There are more, or not all could be looked at. */
  truncated: boolean;
  /** Null where no more can be asked for. */
  more: (() => void) | null;
  isLoadingMore: boolean;
}

export function useSearchList(
  search: ReturnType<typeof useSearch>,
  question: Question,
  onAsk: (question: Question) => void,
): SearchList | undefined {
  const pages = search.data?.pages;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = search;
  const joined = useMemo(() => {
    const first = pages?.[0];
    if (!pages || !first) return undefined;
    const traces = new Map<string, TraceSummary>();
    // A trace whose beginning came late may stand in two pages.
    for (const trace of pages.flatMap((page) => page.traces))
      if (!traces.has(trace.traceId)) traces.set(trace.traceId, trace);
    return {
      traces: [...traces.values()],
      searched: first.searched,
      truncated: pages.at(-1)?.truncated ?? false,
    };
  }, [pages]);
  if (!joined) return undefined;
  const larger = LIMITS.find((limit) => limit > question.limit);
  let more: (() => void) | null = null;
  if (hasNextPage) more = () => void fetchNextPage();
  // What is sorted by length has no place to go on from: a longer list is asked for.
  else if (joined.truncated && question.sort !== 'newest' && larger)
    more = () => onAsk({ ...question, limit: larger });
  return { ...joined, more, isLoadingMore: isFetchingNextPage };
}
