// How a hop compares with the same call at other times, as the server says it.
import type { Language } from './format.ts';

export interface Standing {
  /** 0 to 100. */
  percentile: number;
  /** How many times the median. */
  slower: number;
}

export interface Peers extends Standing {
  window: string;
  count: number;
  p50Nano: number;
  p99Nano: number;
}

/** Fewer calls than this tell nothing of what is usual. */
const ENOUGH = 20;

/** Worth a badge: at least p95 and at least twice the median. */
export function isSlow({ percentile, slower }: Standing): boolean {
  return percentile >= 95 && slower >= 2;
}

export function isUnusual(peers: Peers | null): peers is Peers {
  return peers !== null && peers.count >= ENOUGH && isSlow(peers);
}

/** Two digits below ten. */
export function formatFactor(factor: number, language: Language): string {
  const digits = factor < 10 ? factor.toFixed(1) : String(Math.round(factor));
  return language === 'ko' ? `${digits}배` : `${digits}×`;
}

/** p99.6; never p100, since something has to be the slowest. */
export function formatPercentile(percentile: number): string {
  return `p${Number(Math.min(percentile, 99.9).toFixed(1))}`;
}
