// Whether the list is live, which the address says, and whether the tab can be seen.
import { useCallback, useSyncExternalStore } from 'react';
import { useSearchParams } from 'react-router';
import { type Question, readQuestion, writeQuestion } from '../../trace/question.ts';
import { readTime } from '../../trace/time-range.ts';

const KEY = 'live';

/** Live means until now, the newest first. It is no step in the history. */
export function useLiveSwitch(): [boolean, (live: boolean) => void] {
  const [address, setAddress] = useSearchParams();
  const turn = useCallback(
    (live: boolean) =>
      setAddress(
        (before) => {
          const next = live
            ? writeQuestion(untilNow(readQuestion(before)), before)
            : new URLSearchParams(before);
          if (live) next.set(KEY, '1');
          else next.delete(KEY);
          return next;
        },
        { replace: true },
      ),
    [setAddress],
  );
  return [address.get(KEY) === '1', turn];
}

function untilNow(question: Question): Question {
  // A fixed beginning would make the range longer and longer.
  const isRelative =
    question.range.from.startsWith('-') && readTime(question.range.from, 0) !== null;
  return {
    ...question,
    range: { from: isRelative ? question.range.from : '-15m', to: 'now' },
    sort: 'newest',
  };
}

export function useHidden(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener('visibilitychange', changed);
      return () => document.removeEventListener('visibilitychange', changed);
    },
    () => document.hidden,
  );
}
