// The keys of the trace page that work wherever the focus is, outside of fields.
import { useEffect, useRef } from 'react';
import { isTyping } from '../../parts/typing.ts';
import { useCopy } from '../../parts/use-copy.ts';
import { nextHop } from '../../trace/rows.ts';
import { type Zoom, pan, zoomAround } from '../../trace/scale.ts';
import type { Trace } from '../../trace/trace.ts';
import { type TraceView, VIEWS } from '../../trace/trace-view.ts';
import { linkTo } from './link-to.ts';
import type { ChangeView } from './use-trace-view.ts';

interface TraceKeys {
  trace: Trace;
  view: TraceView;
  active: number;
  zoom: Zoom;
  found: Int32Array;
  onView: ChangeView;
  onReveal: (hop: number) => void;
}

export function useTraceKeys(keys: TraceKeys): void {
  const copy = useCopy();
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog[open]')) return;
      if (event.key !== 'F3' && isTyping(event.target)) return;
      const act = actionOf(event, latest.current, copy);
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [copy]);
}

function actionOf(
  event: KeyboardEvent,
  keys: TraceKeys,
  copy: ReturnType<typeof useCopy>,
): (() => void) | null {
  const { trace, view, active, zoom, found, onView, onReveal } = keys;
  const { hops } = trace;
  const step = (by: 1 | -1, holds: (hop: number) => boolean) => () => {
    const hop = nextHop(hops.count, active, by, holds);
    if (hop === null) return;
    onReveal(hop);
    // The row stands there once the page is drawn; without the focus nobody would see where it is.
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-hop="${hop}"]`)?.focus({ preventScroll: true }),
    );
  };
  const onPath = (hop: number) => hops.critical[hop]! > 0;
  const failed = (hop: number) => hops.error[hop] === 1;
  const matching = new Set(found);
  const middle = (zoom.start + zoom.end) / 2;
  const resize = (factor: number) => () =>
    onView({ zoom: zoomAround(zoom, trace.axis, middle, factor) });
  switch (event.key) {
    case '[':
      return step(-1, onPath);
    case ']':
      return step(1, onPath);
    case 'n':
      return step(1, failed);
    case 'N':
      return step(-1, failed);
    case 'F3':
      return step(event.shiftKey ? -1 : 1, (hop) => matching.has(hop));
    case 'p':
      return () => onView({ path: view.path === 'shown' ? 'hidden' : 'shown' });
    case 'e':
      return () => onView({ only: view.only === 'error' ? null : 'error' });
    case 'y':
      return () => copy(linkTo(trace, active), 'trace.link.copied');
    case '+':
    case '=':
      return resize(0.5);
    case '-':
      return resize(2);
    case '0':
      return () => onView({ zoom: null });
    case 'a':
      return () => onView({ zoom: pan(zoom, trace.axis, -0.25) });
    case 'd':
      return () => onView({ zoom: pan(zoom, trace.axis, 0.25) });
    case 'Escape':
      return view.span
        ? () => onView({ span: null })
        : view.zoom
          ? () => onView({ zoom: null })
          : null;
    default: {
      const chosen = /^[1-9]$/.test(event.key) ? VIEWS[Number(event.key) - 1] : undefined;
      return chosen ? () => onView({ view: chosen }) : null;
    }
  }
}
