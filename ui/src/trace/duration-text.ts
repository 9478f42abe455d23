// Durations as people type them: 250ms, 1.5 s, 2m. Text to nanoseconds and back.

const SIZES: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  sec: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
};

/** Null when the text is no duration. A bare number is milliseconds. */
export function readDuration(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-zµμ]*)\s*$/i.exec(text);
  if (!match) return null;
  const size = SIZES[(match[2] ?? '').toLowerCase() || 'ms'];
  if (size === undefined) return null;
  const nanos = Math.round(Number(match[1]) * size);
  return Number.isSafeInteger(nanos) ? nanos : null;
}

/** The shortest exact text that readDuration takes back. */
export function writeDuration(nanos: number): string {
  for (const [unit, size] of [
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
  ] as const) {
    if (nanos % size === 0) return `${nanos / size}${unit}`;
  }
  return `${nanos}ns`;
}
