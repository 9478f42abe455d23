// Where a trace that is shown comes from. The store is asked for what a trace's answer leaves out; a trace that is
// not stored has a source of its own, which answers the same questions.
import { createContext, useContext } from 'react';
import type { RawFormat } from '../trace/raw.ts';
import type { LogLink, Span } from '../trace/span.ts';
import type { HopEnd, Trace } from '../trace/trace.ts';
import type { Finding } from '../trace/why.ts';
import { loadRaw, rawAddress } from './raw.ts';
import { loadLogLinks, loadRawSpan, loadSpan, loadSpansWith } from './spans.ts';
import type { SkewChoice } from './trace.ts';
import { loadFindings } from './why.ts';

export interface TraceSource {
  /** Keeps the answers of one source from being taken for another's. */
  name: string;
  findings: (trace: Trace, skew: SkewChoice, signal?: AbortSignal) => Promise<Finding[]>;
  raw: (id: string, format: RawFormat, signal?: AbortSignal) => Promise<string>;
  /** Where the same can be fetched, or null: then it is taken away from the page. */
  rawAddress: (id: string, format: RawFormat) => string | null;
  span: (trace: Trace, end: HopEnd, skew: SkewChoice, signal?: AbortSignal) => Promise<Span | null>;
  rawSpan: (id: string, spanId: string, format: RawFormat, signal?: AbortSignal) => Promise<string>;
  /** Where the spans stand that hold a text. */
  spansWith: (id: string, sought: string, signal?: AbortSignal) => Promise<number[]>;
  logLinks: (id: string, spanId: string, signal?: AbortSignal) => Promise<LogLink[]>;
}

export const THE_STORE: TraceSource = {
  name: 'store',
  findings: (trace, skew, signal) => loadFindings(trace.id, skew, signal),
  raw: loadRaw,
  rawAddress,
  span: loadSpan,
  rawSpan: loadRawSpan,
  spansWith: loadSpansWith,
  logLinks: loadLogLinks,
};

export const TraceSourceContext = createContext<TraceSource>(THE_STORE);

export function useTraceSource(): TraceSource {
  return useContext(TraceSourceContext);
}
