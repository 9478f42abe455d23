// The services of the picture by keys: one of them is a tab stop, arrows lead to the next in their direction.
import { type KeyboardEvent, useState } from 'react';
import { type GraphLayout, toThe } from '../../trace/graph-layout.ts';
import type { Edge } from '../../trace/load.ts';
import { edgeName } from '../../trace/graph.ts';
import type { GraphView } from './use-graph-view.ts';

interface NodeKeys {
  /** Where Tab goes. */
  stop: string | null;
  press: (event: KeyboardEvent<SVGSVGElement>) => void;
  onFocus: (name: string) => void;
}

export function useNodeKeys(
  layout: GraphLayout,
  edges: readonly Edge[],
  view: GraphView,
  onView: (change: Partial<GraphView>) => void,
): NodeKeys {
  const [last, setLast] = useState<string | null>(null);
  const known = [last, view.focus].find((name) => name !== null && layout.nodes.has(name));
  const stop = known ?? layout.nodes.keys().next().value ?? null;
  const press = (event: KeyboardEvent<SVGSVGElement>) => {
    const node = (event.target as Element).closest('[data-node]');
    const name = node?.getAttribute('data-node') ?? null;
    if (name === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = ARROWS[event.key];
    if (direction) {
      const next = toThe(direction, layout.nodes, name);
      if (next !== null)
        event.currentTarget.querySelector<SVGElement>(`[data-node="${CSS.escape(next)}"]`)?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      onView({ focus: name === view.focus ? null : name });
    } else if (event.key === '[' || event.key === ']') {
      const own = edges.filter(({ caller, callee }) => caller === name || callee === name);
      const at = own.findIndex((edge) => edgeName(edge) === view.edge);
      const step = event.key === ']' ? 1 : -1;
      const next =
        own[at < 0 ? (step > 0 ? 0 : own.length - 1) : (at + step + own.length) % own.length];
      if (next) onView({ edge: edgeName(next) });
    } else return;
    event.preventDefault();
  };
  return { stop, press, onFocus: setLast };
}

const ARROWS: Readonly<Record<string, 'left' | 'right' | 'up' | 'down'>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
