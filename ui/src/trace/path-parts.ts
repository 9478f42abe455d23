// Where the trace's time went: its critical path by hop and part, longest first. It adds up to the trace.
import type { Trace } from './trace.ts';

export interface PathShare {
  hop: number;
  service: string | null;
  part: string;
  durationNano: number;
}

export function sharesOfPath(trace: Trace): PathShare[] {
  const found = new Map<string, PathShare>();
  for (const { hop, service, part, durationNano } of trace.path) {
    const key = `${hop} ${part}`;
    const share = found.get(key);
    if (share) share.durationNano += durationNano;
    else found.set(key, { hop, service, part, durationNano });
  }
  return [...found.values()].sort((a, b) => b.durationNano - a.durationNano || a.hop - b.hop);
}
