// What the server found about why a trace is slow, and the words' names for it.

export interface Finding {
  kind: string;
  excessNano: number | null;
  share: number | null;
  spanIds: readonly string[];
  values: Readonly<Record<string, unknown>>;
  /** The server's own English, for kinds that the window has no words for. */
  text: string;
}

/** The kinds that have words of the window's own; their messages are `why.KIND` and `why.KIND.more`. */
export const KINDS = [
  'dominant-hop',
  'slower-than-peers',
  'retries',
  'hedged',
  'n-plus-one',
  'queueing',
  'error-chain',
  'cross-zone',
  'gap',
  'skew',
  'incomplete',
] as const;
export type FindingKind = (typeof KINDS)[number];

export function knownKind(kind: string): FindingKind | null {
  return KINDS.find((known) => known === kind) ?? null;
}
