// What the store found for a pasted id or log line.

export interface LookupMatch {
  traceId: string;
  spanId: string | null;
  /** How the text was read, in the server's words: "trace id", "traceparent", "request id" … */
  readAs: string;
  /** The attribute that held the value, if one did. */
  key: string | null;
  service: string | null;
  operation: string | null;
  startMillis: number | null;
  durationNano: number | null;
  error: boolean;
}

export interface LookupAnswer {
  searched: { from: number; to: number } | null;
  truncated: boolean;
  matches: LookupMatch[];
}
