// What a trace's page asks for when somebody looks: spans of a large trace, their texts, their logs.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { findHops } from '../trace/find.ts';
import type { RawFormat } from '../trace/raw.ts';
import type { Span } from '../trace/span.ts';
import type { HopEnd, Trace } from '../trace/trace.ts';
import { shouldRetry } from './hooks.ts';
import { loadLogLinks, loadRawSpan, loadSpan, loadSpansWith } from './spans.ts';
import type { SkewChoice } from './trace.ts';

export function useRawSpan(id: string, spanId: string, format: RawFormat) {
  return useQuery({
    queryKey: ['raw span', id, spanId, format],
    queryFn: ({ signal }) => loadRawSpan(id, spanId, format, signal),
    staleTime: 60_000,
    gcTime: 30_000,
    retry: shouldRetry,
  });
}

export interface SpanState {
  span: Span | null;
  error: Error | null;
  loading: boolean;
}

/** One end's span: at hand where the trace's answer brought it, else asked for. */
export function useSpan(trace: Trace, end: HopEnd | null, skew: SkewChoice): SpanState {
  const index = end?.spanIndex ?? null;
  const asked = !trace.spansTold && index !== null;
  const answer = useQuery({
    enabled: asked,
    queryKey: ['span', trace.id, trace.spanCount, index, skew],
    queryFn: ({ signal }) => (end ? loadSpan(trace, end, skew, signal) : null),
    staleTime: 5 * 60_000,
    retry: shouldRetry,
  });
  const told = useMemo(() => (index === null ? null : trace.readSpan(index)), [trace, index]);
  if (!asked) return { span: told, error: null, loading: false };
  return { span: answer.data ?? null, error: answer.error, loading: answer.isPending };
}

/** The hops that hold a text. Attributes of spans that are not here are searched where they are. */
export function useFound(trace: Trace, sought: string): { found: Int32Array; searching: boolean } {
  const text = sought.trim();
  const asked = !trace.spansTold && text !== '';
  const answer = useQuery({
    enabled: asked,
    queryKey: ['spans with', trace.id, text],
    queryFn: ({ signal }) => loadSpansWith(trace.id, text, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: shouldRetry,
  });
  const positions = asked && !answer.isPlaceholderData ? answer.data : undefined;
  const found = useMemo(() => findHops(trace, text, positions), [trace, text, positions]);
  return { found, searching: asked && positions === undefined && answer.error === null };
}

export function useLogLinks(id: string, spanId: string) {
  return useQuery({
    queryKey: ['log links', id, spanId],
    queryFn: ({ signal }) => loadLogLinks(id, spanId, signal),
    staleTime: 5 * 60_000,
    retry: shouldRetry,
  });
}
