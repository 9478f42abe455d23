// How a trace is looked at, and its spelling in the address bar.
import type { Zoom } from './scale.ts';

/** In the order of the tabs, which the keys 1 to 6 follow. */
export const VIEWS = ['waterfall', 'flame', 'tree', 'table', 'graph', 'raw'] as const;
export type TraceViewName = (typeof VIEWS)[number];

export interface TraceView {
  view: TraceViewName;
  /** The id of the span whose panel is open. */
  span: string | null;
  services: readonly string[];
  only: 'error' | 'path' | 'all' | null;
  find: string;
  skew: 'corrected' | 'raw';
  path: 'shown' | 'hidden';
  zoom: Zoom | null;
  /** Hops folded by hand; their number is capped in the address. */
  fold: readonly number[];
  /** Groups of repeated calls whose rows are all shown. */
  opened: readonly number[];
}

export function readTraceView(address: URLSearchParams): TraceView {
  const zoom = /^(-?\d+)-(\d+)$/.exec(address.get('zoom') ?? '');
  const only = address.get('only');
  return {
    view: VIEWS.find((view) => view === address.get('view')) ?? 'waterfall',
    span: address.get('span') || null,
    services: address.getAll('svc').filter(Boolean),
    only: only === 'error' || only === 'path' || only === 'all' ? only : null,
    find: address.get('find') ?? '',
    skew: address.get('skew') === 'raw' ? 'raw' : 'corrected',
    path: address.get('path') === 'off' ? 'hidden' : 'shown',
    zoom:
      zoom && Number(zoom[2]) > Number(zoom[1])
        ? { start: Number(zoom[1]), end: Number(zoom[2]) }
        : null,
    fold: numbers(address.get('fold')),
    opened: numbers(address.get('open')),
  };
}

function numbers(text: string | null): number[] {
  return (text ?? '')
    .split('.')
    .filter((digits) => /^\d{1,9}$/.test(digits))
    .map(Number);
}

/** Writes the view over an address; keys that are not ours are kept. */
export function writeTraceView(view: TraceView, before?: URLSearchParams): URLSearchParams {
  const address = new URLSearchParams(before);
  for (const key of KEYS) address.delete(key);
  if (view.view !== 'waterfall') address.set('view', view.view);
  if (view.span) address.set('span', view.span);
  for (const service of view.services) address.append('svc', service);
  if (view.only) address.set('only', view.only);
  if (view.find) address.set('find', view.find);
  if (view.skew === 'raw') address.set('skew', 'raw');
  if (view.path === 'hidden') address.set('path', 'off');
  if (view.zoom) address.set('zoom', `${Math.round(view.zoom.start)}-${Math.round(view.zoom.end)}`);
  if (view.fold.length > 0 && view.fold.length <= MOST_FOLDED)
    address.set('fold', view.fold.join('.'));
  if (view.opened.length > 0) address.set('open', view.opened.slice(0, MOST_FOLDED).join('.'));
  return address;
}

const KEYS = ['view', 'span', 'svc', 'only', 'find', 'skew', 'path', 'zoom', 'fold', 'open'];
/** Longer lists would make the address too long for some mail programs. */
const MOST_FOLDED = 100;
