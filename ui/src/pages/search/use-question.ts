// The question lives in the address bar; this reads it, and writes changes as history.
import { useCallback, useEffect, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { rememberSearch } from '../../parts/last-search.ts';
import { type Question, isLensAddress, readQuestion, writeQuestion } from '../../trace/question.ts';

export function useQuestion(): [Question, (question: Question) => void] {
  const [address, setAddress] = useSearchParams();
  const question = useMemo(() => readQuestion(address), [address]);
  // A bookmark of Zipkin's window becomes ours without a step in the history.
  useEffect(() => {
    if (isLensAddress(address))
      setAddress(writeQuestion(readQuestion(address), address), { replace: true });
  }, [address, setAddress]);
  useEffect(() => rememberSearch(address.size > 0 ? `?${address}` : ''), [address]);
  const ask = useCallback(
    (next: Question) => {
      setAddress((before) => writeQuestion(next, before), {
        // How the list is told is no step in the history.
        replace: isToldOtherwise(next, readQuestion(address)),
      });
    },
    [address, setAddress],
  );
  return [question, ask];
}

function isToldOtherwise(one: Question, other: Question): boolean {
  return one.sort !== other.sort || one.group !== other.group;
}
