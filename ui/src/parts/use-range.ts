// The time range of a page, which lives in the address.
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { type TimeRange, rangeOf, writeRange } from '../trace/time-range.ts';

export function useRange(): [TimeRange, (range: TimeRange) => void] {
  const [address, setAddress] = useSearchParams();
  const { from, to } = rangeOf(address);
  const range = useMemo(() => ({ from, to }), [from, to]);
  const choose = useCallback(
    (next: TimeRange) => setAddress((before) => writeRange(next, before)),
    [setAddress],
  );
  return [range, choose];
}

/** The keys of a range, to go along with a link to another page. */
export function rangeKeys(range: TimeRange): string {
  const keys = String(writeRange(range));
  return keys === '' ? '' : `?${keys}`;
}
