// Questions to the server as the pages ask them: each a line over the query cache.
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Question, mistakes } from '../trace/question.ts';
import type { RawFormat } from '../trace/raw.ts';
import type { TimeRange } from '../trace/time-range.ts';
import { makeSampleTrace } from '../trace/sample-trace.ts';
import type { ViewedFile } from '../trace/viewed-file.ts';
import { compareTraces } from './compare.ts';
import { ApiError } from './http.ts';
import { sendSample } from './ingest.ts';
import { loadDependencies, loadService, loadServiceList } from './load.ts';
import { lookUp } from './lookup.ts';
import { loadOperations, loadServices } from './names.ts';
import { loadRaw } from './raw.ts';
import { loadOverview } from './overview.ts';
import { type NextPage, searchTraces } from './search.ts';
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
  // How the list is grouped is no new question.
  const parts = { ...question, group: null };
  return useInfiniteQuery({
    queryKey: ['search', parts, asked],
    queryFn: ({ signal, pageParam }) => searchTraces(question, pageParam, signal),
    initialPageParam: null as NextPage | null,
    getNextPageParam: ({ nextCursor, searched }): NextPage | null =>
      nextCursor === null ? null : { cursor: nextCursor, searched },
    enabled: ready && mistakes(question).length === 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** What the traces of the question are like together. */
export function useOverview(question: Question, asked: number, ready: boolean) {
  const parts = { ...question, sort: null, limit: null };
  return useQuery({
    queryKey: ['overview', parts, asked],
    queryFn: ({ signal }) => loadOverview(question, null, signal),
    enabled: ready && mistakes(question).length === 0,
    placeholderData: keepPreviousData,
    // Comparing a thousand points with the last answer would cost more than drawing them.
    structuralSharing: false,
    staleTime: 60_000,
    retry: shouldRetry,
  });
}

const COUNTED_MAX = 100;

/** How many traces each of some questions has; of the first few, and up to a hundred each. */
export function useCounts(questions: readonly Question[]) {
  return useQueries({
    queries: questions.slice(0, 8).map((question) => ({
      queryKey: ['count', { ...question, sort: null, limit: null, group: null }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        loadOverview({ ...question, group: '' }, COUNTED_MAX, signal),
      enabled: mistakes(question).length === 0,
      structuralSharing: false,
      staleTime: 60_000,
      retry: shouldRetry,
    })),
  });
}

/** An absent trace may still be on its way: it is asked for again for half a minute. */
export function useTrace(id: string, skew: SkewChoice, file: ViewedFile | null = null) {
  return useQuery({
    queryKey: ['trace', id, skew, file?.key],
    queryFn: ({ signal }) => loadTrace(id, skew, file, signal),
    // Comparing 100,000 spans with the last answer would cost more than drawing them.
    structuralSharing: false,
    staleTime: 5 * 60_000,
    gcTime: 2 * 60_000,
    retry: (failures, error) =>
      !file && error instanceof ApiError && error.failure === 'absent'
        ? failures < 6
        : shouldRetry(failures, error),
    retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 8000),
  });
}

export function useFindings(
  id: string,
  skew: SkewChoice,
  file: ViewedFile | null,
  enabled: boolean,
) {
  return useQuery({
    enabled,
    queryKey: ['why', id, skew, file?.key],
    queryFn: ({ signal }) => loadFindings(id, skew, file, signal),
    staleTime: 5 * 60_000,
    retry: shouldRetry,
  });
}

export function useRaw(id: string, format: RawFormat, file: ViewedFile | null) {
  return useQuery({
    queryKey: ['raw', id, format, file?.key],
    queryFn: ({ signal }) => loadRaw(id, format, file, signal),
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
