// How the trace is looked at: the address bar, plus folds that are too many for it.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { type TraceView, readTraceView, writeTraceView } from '../../trace/trace-view.ts';

export type ChangeView = (change: Partial<TraceView>) => void;

export function useTraceView(): [TraceView, ChangeView] {
  const [address, setAddress] = useSearchParams();
  const [fold, setFold] = useState<readonly number[]>(() => readTraceView(address).fold);
  const view = useMemo(() => ({ ...readTraceView(address), fold }), [address, fold]);
  // Two changes may come before the page is drawn again: the second builds upon the first.
  const latest = useRef(address);
  useEffect(() => {
    latest.current = address;
  }, [address]);
  const change = useCallback<ChangeView>(
    (next) => {
      if (next.fold) setFold(next.fold);
      // Opened spans, views and filters are steps in the history; zoom, fold and find are not.
      const step = STEPS.some((key) => key in next);
      const before = latest.current;
      latest.current = writeTraceView({ ...readTraceView(before), fold, ...next }, before);
      setAddress(latest.current, { replace: !step, preventScrollReset: true });
    },
    [fold, setAddress],
  );
  return [view, change];
}

const STEPS = ['view', 'span', 'services', 'only', 'skew'] as const;
