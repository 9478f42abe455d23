// How fast spans come in: what was added between two looks at the server's counter.
import { useState } from 'react';
import type { ServerStatus } from '../../trace/senders.ts';

export interface Look {
  status: ServerStatus;
  at: number;
}

interface IngestRate {
  perSecond: number;
  /** Null: only one look so far, so it is the average since the start. */
  overMillis: number | null;
}

export function useIngestRate(latest: Look): IngestRate {
  const [looks, setLooks] = useState<readonly Look[]>([latest]);
  const newest = looks.at(-1);
  if (newest && newest.at !== latest.at) {
    const restarted = newest.status.startedMillis !== latest.status.startedMillis;
    setLooks(restarted ? [latest] : [...looks.slice(-LOOKS), latest]);
  }
  const first = looks[0] ?? latest;
  const millis = latest.at - first.at;
  if (millis <= 0) {
    const running = Math.max(1, latest.at - latest.status.startedMillis);
    return { perSecond: (latest.status.ingest.spansAccepted / running) * 1000, overMillis: null };
  }
  const added = latest.status.ingest.spansAccepted - first.status.ingest.spansAccepted;
  return { perSecond: (Math.max(0, added) / millis) * 1000, overMillis: millis };
}

/** A minute of looks. */
const LOOKS = 12;
