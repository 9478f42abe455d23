// Duration over time: where each trace's mark lies, and what lies under the pointer or in a box.
import { zoneOffset } from './format.ts';
import type { ChartPoint } from './summary.ts';

export interface Frame {
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  /** Nanoseconds; the axis is logarithmic. */
  shortest: number;
  longest: number;
  width: number;
  height: number;
}

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Axis limits that hold every trace, with some air, and span at least one power of ten. */
export function frameOf(
  traces: readonly ChartPoint[],
  searched: { from: number; to: number },
  width: number,
  height: number,
): Frame {
  let shortest = Infinity;
  let longest = 0;
  for (const { durationNano } of traces) {
    if (durationNano <= 0) continue;
    shortest = Math.min(shortest, durationNano);
    longest = Math.max(longest, durationNano);
  }
  if (longest === 0) [shortest, longest] = [1e6, 1e9];
  shortest /= 1.4;
  longest *= 1.4;
  while (longest / shortest < 10) [shortest, longest] = [shortest / 1.3, longest * 1.3];
  return {
    from: searched.from,
    to: Math.max(searched.to, searched.from + 1),
    shortest,
    longest,
    width,
    height,
  };
}

export function xOf(millis: number, frame: Frame): number {
  return ((millis - frame.from) / (frame.to - frame.from)) * frame.width;
}

export function yOf(nanos: number, frame: Frame): number {
  const low = Math.log(frame.shortest);
  const share = (Math.log(Math.max(nanos, frame.shortest)) - low) / (Math.log(frame.longest) - low);
  return frame.height * (1 - share);
}

export function nanosAt(y: number, frame: Frame): number {
  const low = Math.log(frame.shortest);
  const share = 1 - y / frame.height;
  return Math.exp(low + share * (Math.log(frame.longest) - low));
}

export function millisAt(x: number, frame: Frame): number {
  return frame.from + (x / frame.width) * (frame.to - frame.from);
}

/** The nearest trace within reach of the pointer. */
export function nearest(
  traces: readonly ChartPoint[],
  frame: Frame,
  x: number,
  y: number,
  reach: number,
): ChartPoint | null {
  let best: ChartPoint | null = null;
  let bestDistance = reach * reach;
  for (const trace of traces) {
    const distance =
      (xOf(trace.startMillis, frame) - x) ** 2 + (yOf(trace.durationNano, frame) - y) ** 2;
    if (distance <= bestDistance) [best, bestDistance] = [trace, distance];
  }
  return best;
}

export function within(traces: readonly ChartPoint[], frame: Frame, box: Box): ChartPoint[] {
  return traces.filter((trace) => {
    const x = xOf(trace.startMillis, frame);
    const y = yOf(trace.durationNano, frame);
    return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  });
}

/** Where a box begins that the keyboard puts: the middle third. */
export function firstBox(frame: Frame): Box {
  const [width, height] = [frame.width / 3, frame.height / 3];
  return { left: width, right: 2 * width, top: height, bottom: 2 * height };
}

const STEP = 12;
const LEAST = 6;

/** The box after an arrow key: moved, or with its right and lower edge moved; null for any other key. */
export function moveBox(box: Box, key: string, sizes: boolean, frame: Frame): Box | null {
  const [x, y] = ARROWS[key] ?? [0, 0];
  if (x === 0 && y === 0) return null;
  const keep = (value: number, least: number, most: number) =>
    Math.max(least, Math.min(most, value));
  if (sizes) {
    return {
      ...box,
      right: keep(box.right + x * STEP, Math.min(frame.width, box.left + LEAST), frame.width),
      bottom: keep(box.bottom + y * STEP, Math.min(frame.height, box.top + LEAST), frame.height),
    };
  }
  const right = keep(x * STEP, -box.left, frame.width - box.right);
  const down = keep(y * STEP, -box.top, frame.height - box.bottom);
  return {
    left: box.left + right,
    right: box.right + right,
    top: box.top + down,
    bottom: box.bottom + down,
  };
}

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Ticks at 1 and 3 times each power of ten. */
export function durationTicks(frame: Frame): number[] {
  const found: number[] = [];
  for (let power = 1; power <= 1e16; power *= 10) {
    for (const value of [power, 3 * power]) {
      if (value >= frame.shortest && value <= frame.longest) found.push(value);
    }
  }
  return found;
}

/** Round clock times, at most this many. */
export function timeTicks(frame: Frame, most: number): number[] {
  const least = (frame.to - frame.from) / Math.max(1, most);
  const step = TIME_STEPS.find((step) => step >= least) ?? 7 * 86_400_000;
  const zone = zoneOffset(frame.from);
  const found: number[] = [];
  const first = Math.ceil((frame.from - zone) / step) * step + zone;
  for (let at = first; at <= frame.to; at += step) found.push(at);
  return found;
}

const MINUTE = 60_000;
const TIME_STEPS = [
  1000,
  5000,
  10_000,
  30_000,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  60 * MINUTE,
  120 * MINUTE,
  240 * MINUTE,
  360 * MINUTE,
  720 * MINUTE,
  1440 * MINUTE,
];
