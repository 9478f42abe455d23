// How a trace is looked at, and its spelling in the address bar.
import type { Zoom } from './scale.ts';

export type TraceViewName = 'waterfall' | 'tree';

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
}

export function readTraceView(address: URLSearchParams): TraceView {
  const zoom = /^(-?\d+)-(\d+)$/.exec(address.get('zoom') ?? '');
  const only = address.get('only');
  return {
    view: address.get('view') === 'tree' ? 'tree' : 'waterfall',
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
    fold: (address.get('fold') ?? '')
      .split('.')
      .filter((text) => /^\d+$/.test(text))
      .map(Number),
  };
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
  return address;
}

const KEYS = ['view', 'span', 'svc', 'only', 'find', 'skew', 'path', 'zoom', 'fold'];
/** Longer lists would make the address too long for some mail programs. */
const MOST_FOLDED = 100;
