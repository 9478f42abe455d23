// Live tail: the same question again and again, for as long as somebody can see it.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  LIVE_BACK,
  LIVE_READ,
  LIVE_STEP,
  type Live,
  NOT_LIVE,
  look,
  showWaiting,
} from '../trace/live.ts';
import { type Question, mistakes } from '../trace/question.ts';
import { searchTraces } from './search.ts';

export interface LiveTail {
  live: Live;
  failed: boolean;
  show: () => void;
}

/** `since` is how far the list has been searched. While the tab is hidden nothing is asked. */
export function useLiveTail(question: Question, since: number, runs: boolean): LiveTail {
  const cache = useQueryClient();
  const asked: Question = {
    ...question,
    range: { from: `-${LIVE_BACK / 1000}s`, to: 'now' },
    sort: 'newest',
    limit: LIVE_READ,
    group: '',
  };
  const key = ['live', asked];
  const tail = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const answer = await searchTraces(asked, null, signal);
      const before = cache.getQueryData<Live>(key) ?? NOT_LIVE;
      return look(before, answer, Date.now(), since);
    },
    enabled: runs && since > 0 && mistakes(question).length === 0,
    refetchInterval: LIVE_STEP,
    refetchIntervalInBackground: false,
    structuralSharing: false,
    staleTime: Infinity,
    retry: false,
  });
  return {
    live: tail.data ?? NOT_LIVE,
    failed: tail.isError || tail.isRefetchError,
    show: () => cache.setQueryData<Live>(key, (live) => live && showWaiting(live)),
  };
}
