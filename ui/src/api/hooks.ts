// Questions to the server as the pages ask them: each a line over the query cache.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Question, mistakes } from '../trace/question.ts';
import type { RawFormat } from '../trace/raw.ts';
import type { TimeRange } from '../trace/time-range.ts';
import { makeSampleTrace } from '../trace/sample-trace.ts';
import type { TraceFacts } from '../trace/trace.ts';
import { compareTraces } from './compare.ts';
import { ApiError } from './http.ts';
import { sendSample } from './ingest.ts';
import { loadDependencies, loadService, loadServiceList } from './load.ts';
import { lookUp } from './lookup.ts';
import { loadOperations, loadServices } from './names.ts';
import { loadRaw } from './raw.ts';
import { searchTraces } from './search.ts';
import { loadSenders, loadStatus } from './status.ts';
import { type SkewChoice, loadTrace } from './trace.ts';
import { loadFindings } from './why.ts';

/** While the store is empty it is asked again and again, so that the first span changes the page. */
export function useServices() {
  return useQuery({
    queryKey: ['services'],
    queryFn: ({ signal }) => loadServices(signal),
    refetchInterval: (query) => (query.state.data?.length === 0 ? 2000 : 30_000),
    staleTime: 10_000,
  });
}

export function useOperations(service: string) {
  return useQuery({
    queryKey: ['operations', service],
    queryFn: ({ signal }) => loadOperations(service, signal),
    enabled: service !== '',
    staleTime: 30_000,
  });
}

/** "asked" rises with each press of Search, so that the same question can be asked again. */
export function useSearch(question: Question, asked: number, ready: boolean) {
  // Sorting is the window's own work, so it is no new question.
  const parts = { ...question, sort: null };
  return useQuery({
    queryKey: ['search', parts, asked],
    queryFn: ({ signal }) => searchTraces(question, signal),
    enabled: ready && mistakes(question).length === 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** An absent trace may still be on its way: it is asked for again for half a minute. */
export function useTrace(id: string, skew: SkewChoice) {
  return useQuery({
    queryKey: ['trace', id, skew],
    queryFn: ({ signal }) => loadTrace(id, skew, signal),
    // Comparing 100,000 spans with the last answer would cost more than drawing them.
    structuralSharing: false,
    staleTime: 5 * 60_000,
    gcTime: 2 * 60_000,
    retry: (failures, error) =>
      error instanceof ApiError && error.failure === 'absent'
        ? failures < 6
        : shouldRetry(failures, error),
    retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 8000),
  });
}

/** Not asked of a server that would not know what is meant. */
export function useFindings({ id, explained }: TraceFacts, skew: SkewChoice) {
  return useQuery({
    enabled: explained,
    queryKey: ['why', id, skew],
    queryFn: ({ signal }) => loadFindings(id, skew, signal),
    staleTime: 5 * 60_000,
    retry: shouldRetry,
  });
}

export function useRaw(id: string, format: RawFormat) {
  return useQuery({
    queryKey: ['raw', id, format],
    queryFn: ({ signal }) => loadRaw(id, format, signal),
    structuralSharing: false,
    staleTime: 60_000,
    gcTime: 30_000,
    retry: shouldRetry,
  });
}

export function useLookup(pasted: string) {
  return useQuery({
    queryKey: ['lookup', pasted],
    queryFn: ({ signal }) => lookUp(pasted, signal),
    enabled: pasted !== '',
    placeholderData: keepPreviousData,
    staleTime: 5000,
  });
}

export function useComparison(a: string, b: string) {
  return useQuery({
    queryKey: ['comparison', a, b],
    queryFn: ({ signal }) => compareTraces(a, b, signal),
    enabled: a !== '' && b !== '',
    staleTime: 60_000,
  });
}

/** Live as long as its end is "now": then it is asked again every half minute. */
const live = (range: TimeRange) => (range.to === 'now' ? 30_000 : false);

export function useServiceList(range: TimeRange) {
  return useQuery({
    queryKey: ['service list', range],
    queryFn: ({ signal }) => loadServiceList(range, signal),
    placeholderData: keepPreviousData,
    refetchInterval: live(range),
  });
}

export function useService(name: string, range: TimeRange) {
  return useQuery({
    queryKey: ['service', name, range],
    queryFn: ({ signal }) => loadService(name, range, signal),
    placeholderData: (before) => (before?.service.service === name ? before : undefined),
    refetchInterval: live(range),
  });
}

export function useDependencies(range: TimeRange) {
  return useQuery({
    queryKey: ['dependencies', range],
    queryFn: ({ signal }) => loadDependencies(range, signal),
    placeholderData: keepPreviousData,
    refetchInterval: live(range),
  });
}

/** Asked anew every few seconds: two answers together tell the rate of what comes in. */
export function useStatus() {
  return useQuery({
    queryKey: ['status'],
    queryFn: async ({ signal }) => ({ status: await loadStatus(signal), at: Date.now() }),
    refetchInterval: 5000,
  });
}

export function useSenders() {
  return useQuery({
    queryKey: ['senders'],
    queryFn: ({ signal }) => loadSenders(signal),
    refetchInterval: 5000,
  });
}

/** Sends a fresh sample trace and answers its id. */
export function useSendSample() {
  const cache = useQueryClient();
  return useMutation({
    // The store is no longer empty, and the way back must not say that it is.
    onSuccess: () => cache.invalidateQueries({ queryKey: ['services'] }),
    mutationFn: async () => {
      const sample = makeSampleTrace(Date.now(), crypto);
      await sendSample(sample);
      return sample.traceId;
    },
  });
}

export function shouldRetry(failures: number, error: Error): boolean {
  return error instanceof ApiError && error.failure === 'busy' && failures < 4;
}
