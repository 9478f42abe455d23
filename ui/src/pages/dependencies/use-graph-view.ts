// How the graph is looked at, which is the address.
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import type { Levels } from '../../trace/graph.ts';

export const LEVELS = ['1', '2', '3', 'all'] as const;
export const MEASURES = ['rate', 'error', 'p99'] as const;

export interface GraphView {
  focus: string | null;
  levels: (typeof LEVELS)[number];
  by: (typeof MEASURES)[number];
  /** Null: the graph, but the list on a phone. */
  view: 'graph' | 'list' | null;
  /** Where the played window begins, in milliseconds since the epoch. */
  at: number | null;
  edge: string | null;
}

export function useGraphView(): [GraphView, (change: Partial<GraphView>) => void] {
  const [address, setAddress] = useSearchParams();
  const view = useMemo<GraphView>(() => {
    const at = address.get('at') ?? '';
    const shape = address.get('view');
    return {
      focus: address.get('focus') || null,
      levels: LEVELS.find((levels) => levels === address.get('levels')) ?? '2',
      by: MEASURES.find((by) => by === address.get('by')) ?? 'p99',
      view: shape === 'graph' || shape === 'list' ? shape : null,
      at: /^\d{1,15}$/.test(at) ? Number(at) : null,
      edge: address.get('edge') || null,
    };
  }, [address]);
  const change = useCallback(
    (next: Partial<GraphView>) =>
      setAddress(
        (before) => {
          const keys = new URLSearchParams(before);
          for (const [key, value] of Object.entries(next)) {
            if (value === null) keys.delete(key);
            else keys.set(key, String(value));
          }
          return keys;
        },
        // The play head moves many times; nobody wants to go back through its steps.
        { replace: 'at' in next },
      ),
    [setAddress],
  );
  return [view, change];
}

export function levelsOf(view: GraphView): Levels {
  return view.levels === 'all' ? 'all' : (Number(view.levels) as Levels);
}
