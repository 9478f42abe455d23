// What is compared and how it is looked at, which is the address.
import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

export interface CompareView {
  a: string | null;
  b: string | null;
  view: 'side' | null;
  only: 'diff' | null;
  /** What is asked for while nothing is chosen. */
  of: 'groups' | 'traces' | null;
  /** The groups are being changed. */
  edit: '1' | null;
}

export function useCompareView(): [CompareView, (change: Partial<CompareView>) => void] {
  const [address, setAddress] = useSearchParams();
  const of = address.get('of');
  const view: CompareView = {
    a: address.get('a'),
    b: address.get('b'),
    view: address.get('view') === 'side' ? 'side' : null,
    only: address.get('only') === 'diff' ? 'diff' : null,
    of: of === 'groups' || of === 'traces' ? of : null,
    edit: address.get('edit') === '1' ? '1' : null,
  };
  const change = useCallback(
    (next: Partial<CompareView>) =>
      setAddress((before) => {
        const keys = new URLSearchParams(before);
        for (const [key, value] of Object.entries(next)) {
          if (value === null) keys.delete(key);
          else keys.set(key, value);
        }
        return keys;
      }),
    [setAddress],
  );
  return [view, change];
}
