// The address of what a lookup found.
import type { LookupMatch } from '../../trace/lookup.ts';

export function addressOfMatch(match: LookupMatch): string {
  const span = match.spanId ? `?${new URLSearchParams({ span: match.spanId })}` : '';
  return `/traces/${encodeURIComponent(match.traceId)}${span}`;
}
