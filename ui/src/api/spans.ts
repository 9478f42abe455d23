// Spans of a trace that came without them, and what leads from a span elsewhere.
import type { LogLink, Span } from '../trace/span.ts';
import type { RawFormat } from '../trace/raw.ts';
import type { HopEnd, Trace } from '../trace/trace.ts';
import { webAddress } from '../trace/web-address.ts';
import { getJson, getText } from './http.ts';
import { readSpan } from './span.ts';
import type { SkewChoice } from './trace.ts';
import { list, object, text } from './wire.ts';

/** Of the spans that share an id the one that stands where the hop says; null where there is none. */
export async function loadSpan(
  trace: Trace,
  { spanId, spanIndex }: HopEnd,
  skew: SkewChoice,
  signal?: AbortSignal,
): Promise<Span | null> {
  if (spanId === null) return null;
  const query = skew === 'raw' ? '?skew=raw' : '';
  const answer = object(await getJson(`${spanPath(trace.id, spanId)}${query}`, signal));
  const spans = list(answer['spans']);
  // A trace that has grown meanwhile has its spans elsewhere.
  const at = Math.max(0, list(answer['positions']).indexOf(spanIndex));
  return spans[at] === undefined ? null : readSpan(spans[at], BigInt(trace.startNano));
}

export function loadRawSpan(
  traceId: string,
  spanId: string,
  format: RawFormat,
  signal?: AbortSignal,
): Promise<string> {
  const query = format === 'hopline' ? '' : `?format=${format}`;
  return getText(`${spanPath(traceId, spanId)}${query}`, signal);
}

/** Where the spans stand that hold a text. */
export async function loadSpansWith(
  traceId: string,
  sought: string,
  signal?: AbortSignal,
): Promise<number[]> {
  const query = new URLSearchParams({ contains: sought });
  const path = `api/hopline/traces/${encodeURIComponent(traceId)}/spans?${query}`;
  const answer = object(await getJson(path, signal));
  return list(answer['positions']).filter((at): at is number => typeof at === 'number');
}

/** Only addresses of the web: what a server is told to link to is not for a page to trust either. */
export async function loadLogLinks(
  traceId: string,
  spanId: string,
  signal?: AbortSignal,
): Promise<LogLink[]> {
  const query = new URLSearchParams({ span: spanId });
  const path = `api/hopline/traces/${encodeURIComponent(traceId)}/logs?${query}`;
  return list(object(await getJson(path, signal))['links']).flatMap((value) => {
    const link = object(value);
    const url = webAddress(text(link['url']));
    return url === null ? [] : [{ name: text(link['name']), url }];
  });
}

function spanPath(traceId: string, spanId: string): string {
  return `api/hopline/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`;
}
