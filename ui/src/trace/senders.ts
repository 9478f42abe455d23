// Who sends what, how the server is, and what is worth saying of it first.

export interface Refused {
  reason: string;
  count: number;
}

export interface Sender {
  userAgent: string | null;
  transport: string | null;
  format: string | null;
  sdks: { language: string | null; name: string | null; version: string | null }[];
  services: string[];
  namesLeftOut: boolean;
  requests: number;
  bytes: number;
  spansAccepted: number;
  spansUnsampled: number;
  requestsRefused: Refused[];
  spansRefused: Refused[];
  firstMillis: number;
  lastMillis: number;
  lastAcceptedMillis: number | null;
  lastRefusal: { atMillis: number; text: string } | null;
}

export interface SenderTable {
  senders: Sender[];
  sendersMax: number;
  /** What is counted of those that found no row of their own. */
  others: Sender | null;
  othersRequests: number;
}

export interface ServerStatus {
  version: string;
  startedMillis: number;
  retentionMillis: number | null;
  diskBytesMax: number | null;
  store: {
    name: string;
    spansWritten: number;
    diskBytes: number | null;
    oldestMillis: number | null;
    buckets: number;
    tailBytes: number;
    unflushedBytes: number;
    failures: number;
    bucketsDroppedEarly: number;
    indexesMissing: number;
    indexesRebuilt: number;
    rebuildPercent: number | null;
    namesRefused: number;
    termsRefused: number;
    searchesPartial: number;
  };
  ingest: {
    memoryBytes: number;
    spansAccepted: number;
    spansRefused: number;
    requestsRejected: number;
    textsRepaired: number;
  };
  panicsCaught: number;
}

/** A reason for refusals, of one sender. */
export interface RefusalRow extends Refused {
  sender: Sender;
  what: 'requests' | 'spans';
}

/** All refusals, the largest count first. */
export function refusalsOf(table: SenderTable): RefusalRow[] {
  const all = table.others ? [...table.senders, table.others] : table.senders;
  return all
    .flatMap((sender) => [
      ...sender.requestsRefused.map((row) => ({ ...row, sender, what: 'requests' as const })),
      ...sender.spansRefused.map((row) => ({ ...row, sender, what: 'spans' as const })),
    ])
    .sort((a, b) => b.count - a.count);
}

/** The refusal that was told last, and to whom. */
export function lastRefusal(
  table: SenderTable,
): { sender: Sender; atMillis: number; text: string } | null {
  const all = table.others ? [...table.senders, table.others] : table.senders;
  let last: ReturnType<typeof lastRefusal> = null;
  for (const sender of all) {
    const told = sender.lastRefusal;
    if (told && told.atMillis > (last?.atMillis ?? -1)) last = { sender, ...told };
  }
  return last;
}

export function sum(refused: readonly Refused[]): number {
  return refused.reduce((total, { count }) => total + count, 0);
}

/** What the page says first: the worst that is so. */
export type Verdict = 'store-failed' | 'dropped-early' | 'refusing' | 'refused' | 'fine';

export function verdict(status: ServerStatus, table: SenderTable | null, now: number): Verdict {
  if (status.store.failures > 0 || status.panicsCaught > 0) return 'store-failed';
  if (status.store.bucketsDroppedEarly > 0) return 'dropped-early';
  const last = table && lastRefusal(table);
  if (last && now - last.atMillis < HOUR) return 'refusing';
  return status.ingest.spansRefused + status.ingest.requestsRejected > 0 ? 'refused' : 'fine';
}

/** An exporter sends every few seconds; one that did not for this long is told of as silent. */
export const SILENT_MILLIS = 300_000;
const HOUR = 3_600_000;
