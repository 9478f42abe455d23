// How the trace is looked at: the address bar, plus folds that are too many for it.
import { useCallback, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { type TraceView, readTraceView, writeTraceView } from '../../trace/trace-view.ts';

export type ChangeView = (change: Partial<TraceView>) => void;

export function useTraceView(): [TraceView, ChangeView] {
  const [address, setAddress] = useSearchParams();
  const [fold, setFold] = useState<readonly number[]>(() => readTraceView(address).fold);
  const view = useMemo(() => ({ ...readTraceView(address), fold }), [address, fold]);
  const change = useCallback<ChangeView>(
    (next) => {
      if (next.fold) setFold(next.fold);
      // Opened spans, views and filters are steps in the history; zoom, fold and find are not.
      const step = STEPS.some((key) => key in next);
      setAddress((before) => writeTraceView({ ...readTraceView(before), fold, ...next }, before), {
        replace: !step,
        preventScrollReset: true,
      });
    },
    [fold, setAddress],
  );
  return [view, change];
}

const STEPS = ['view', 'span', 'services', 'only', 'skew'] as const;
