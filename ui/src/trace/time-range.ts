// A time range as the address spells it: -1h, now, or epoch milliseconds.

export const PRESETS = ['5m', '15m', '1h', '6h', '24h', '7d'] as const;
export type Preset = (typeof PRESETS)[number];

export interface TimeRange {
  /** "-1h" or epoch milliseconds. */
  from: string;
  /** "now" or epoch milliseconds. */
  to: string;
}

export const DEFAULT_RANGE: TimeRange = { from: '-1h', to: 'now' };

/** Milliseconds since the epoch, or null when the text means no time. */
export function readTime(text: string, now: number): number | null {
  if (text === 'now') return now;
  const relative = /^-(\d+)([smhdw])$/.exec(text);
  if (relative) return now - Number(relative[1]) * (UNITS[relative[2] ?? ''] ?? 0);
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The range that an address asks for; what cannot be read is the default. */
export function rangeOf(address: URLSearchParams): TimeRange {
  const read = (key: 'from' | 'to') => {
    const text = address.get(key) ?? '';
    return readTime(text, 0) === null ? DEFAULT_RANGE[key] : text;
  };
  return { from: read('from'), to: read('to') };
}

/** Writes a range over an address; other keys are kept, and the default leaves no trace. */
export function writeRange(range: TimeRange, before?: URLSearchParams): URLSearchParams {
  const address = new URLSearchParams(before);
  for (const key of ['from', 'to'] as const) {
    if (range[key] === DEFAULT_RANGE[key]) address.delete(key);
    else address.set(key, range[key]);
  }
  return address;
}

/** The range in milliseconds; what cannot be read falls back to the default. */
export function resolveRange(range: TimeRange, now: number): { from: number; to: number } {
  const to = readTime(range.to, now) ?? now;
  const from = readTime(range.from, now) ?? now - UNITS['h']!;
  return from <= to ? { from, to } : { from: to, to: from };
}

/** The preset that this range is, if it is one. */
export function presetOf(range: TimeRange): Preset | null {
  if (range.to !== 'now') return null;
  return PRESETS.find((preset) => range.from === `-${preset}`) ?? null;
}

const UNITS: Record<string, number> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
