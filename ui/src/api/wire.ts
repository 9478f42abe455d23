// Reading unknown JSON: small questions with safe answers, so that one odd field never costs the page.

export type Wire = Record<string, unknown>;

export function object(value: unknown): Wire {
  return typeof value === 'object' && value !== null ? (value as Wire) : EMPTY;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Zero when it is no number. Use only where zero is what "nothing" means. */
export function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function flag(value: unknown): boolean {
  return value === true;
}

/** What is absent stays absent; the rest is read. */
export function orNull<Read>(value: unknown, read: (value: unknown) => Read): Read | null {
  return value === null || value === undefined ? null : read(value);
}

/** Nanoseconds since the epoch arrive as decimal text, because they do not fit a double. */
export function nanosOrNull(value: unknown): bigint | null {
  const digits = typeof value === 'number' ? String(Math.trunc(value)) : value;
  return typeof digits === 'string' && /^\d{1,20}$/.test(digits) ? BigInt(digits) : null;
}

/** Nanoseconds from an origin on, as far as a double is exact. */
export function offset(value: unknown, origin: bigint): number | null {
  const nanos = nanosOrNull(value);
  return nanos === null ? null : Number(nanos - origin);
}

export function millisOf(nanos: bigint): number {
  return Number(nanos / 1000n) / 1000;
}

/** Milliseconds of nanoseconds since the epoch. */
export function millisOrNull(value: unknown): number | null {
  const nanos = nanosOrNull(value);
  return nanos === null ? null : millisOf(nanos);
}

const EMPTY: Wire = {};
