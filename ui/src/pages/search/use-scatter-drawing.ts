// Draws the scatter onto its canvas: axes, marks, the mark under the pointer, the box, and the histogram beside it.
import { type RefObject, useLayoutEffect } from 'react';
import { prepareCanvas } from '../../parts/canvas.ts';
import type { Ink } from '../../parts/ink.ts';
import { formatAxis, formatClock, formatDate } from '../../trace/format.ts';
import { type Box, type Frame, durationTicks, timeTicks, xOf, yOf } from '../../trace/scatter.ts';
import { FEW_TO_RANK, type Overview } from '../../trace/overview.ts';
import type { ChartPoint } from '../../trace/summary.ts';

export const LEFT = 64;
export const TOP = 10;
/** The width of the histogram, with the room before it. */
export const HISTOGRAM = 150;
const BEFORE = 24;

interface Drawing {
  points: readonly ChartPoint[];
  /** Where there is a histogram. */
  overview: Overview | undefined;
  duration: (nanos: number) => string;
  /** Below the histogram: what it counts. */
  words: string;
  frame: Frame;
  ink: Ink;
  width: number;
  height: number;
  under: ChartPoint | null;
  box: Box | null;
}

export function useScatterDrawing(
  canvas: RefObject<HTMLCanvasElement | null>,
  drawing: Drawing,
): void {
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element || drawing.width === 0) return;
    const context = prepareCanvas(element, drawing.width, drawing.height);
    if (context) draw(context, drawing);
  });
}

function draw(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { frame, ink, points, box } = drawing;
  drawAxes(context, drawing);
  context.translate(LEFT, TOP);
  const radius = points.length > 400 ? 2.2 : points.length > 5 ? 3 : 4;
  context.globalAlpha = 0.75;
  context.fillStyle = ink.dot;
  for (const trace of points) if (trace.errorCount === 0) dot(context, trace, frame, radius);
  context.globalAlpha = 1;
  context.fillStyle = ink.error;
  for (const trace of points)
    if (trace.errorCount > 0) triangle(context, trace, frame, radius + 1.6);
  if (drawing.under) {
    context.strokeStyle = ink.accent;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(
      xOf(drawing.under.startMillis, frame),
      yOf(drawing.under.durationNano, frame),
      7,
      0,
      7,
    );
    context.stroke();
  }
  if (box) {
    context.strokeStyle = ink.accent;
    context.lineWidth = 1.5;
    context.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context.globalAlpha = 0.1;
    context.fillStyle = ink.accent;
    context.fillRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context.globalAlpha = 1;
  }
  if (drawing.overview) drawHistogram(context, drawing, drawing.overview);
}

/** On the same axis of durations: how many took how long, and where the half and all but one of a hundred end. */
function drawHistogram(
  context: CanvasRenderingContext2D,
  { frame, ink, duration, words }: Drawing,
  { histogram, durations, count }: Overview,
): void {
  const left = frame.width + BEFORE;
  const width = HISTOGRAM - BEFORE;
  const most = Math.max(1, ...histogram.map((step) => step.count));
  for (const step of histogram) {
    const top = yOf(step.toNano, frame);
    const height = Math.max(1, yOf(step.fromNano, frame) - top - 1);
    const failed = (step.errorCount / most) * width;
    context.fillStyle = ink.error;
    context.fillRect(left, top, failed, height);
    context.fillStyle = ink.control;
    context.fillRect(left + failed, top, ((step.count - step.errorCount) / most) * width, height);
  }
  const ranks =
    count < FEW_TO_RANK
      ? ([['max', durations.max]] as const)
      : ([
          ['p50', durations.p50],
          ['p99', durations.p99],
        ] as const);
  context.textAlign = 'right';
  context.textBaseline = 'alphabetic';
  for (const [name, nanos] of ranks) {
    if (nanos === null) continue;
    const y = Math.round(yOf(nanos, frame)) + 0.5;
    context.strokeStyle = ink.text;
    context.setLineDash([2, 2]);
    line(context, left, y, left + width, y);
    context.setLineDash([]);
    const text = `${name} ${duration(nanos)}`;
    context.font = `600 11px ${ink.font}`;
    const place = Math.max(y - 4, 9);
    context.fillStyle = ink.surface;
    context.fillRect(left + width - context.measureText(text).width - 3, place - 10, 200, 12);
    context.fillStyle = ink.text;
    context.fillText(text, left + width, place);
  }
  context.font = `400 11px ${ink.font}`;
  context.fillStyle = ink.muted;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(words, left, frame.height + 13);
}

function drawAxes(
  context: CanvasRenderingContext2D,
  { frame, ink, overview, ...drawing }: Drawing,
): void {
  const width = drawing.width - (overview ? HISTOGRAM : 0);
  context.font = `400 11px ${getComputedStyle(document.body).fontFamily}`;
  context.fillStyle = ink.muted;
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const nanos of durationTicks(frame)) {
    const y = Math.round(TOP + yOf(nanos, frame)) + 0.5;
    line(context, LEFT, y, width - 12, y);
    context.fillText(formatAxis(nanos), LEFT - 10, y);
  }
  const bottom = TOP + frame.height;
  line(context, LEFT, Math.round(bottom) + 0.5, width - 12, Math.round(bottom) + 0.5);
  const days = frame.to - frame.from > 2 * 86_400_000;
  const now = Date.now();
  for (const millis of timeTicks(frame, frame.width / 120)) {
    const x = LEFT + xOf(millis, frame);
    const text = days
      ? formatDate(millis, document.documentElement.lang === 'ko' ? 'ko' : 'en', now)
      : formatClock(millis, frame.to - frame.from < 120_000 ? 'seconds' : 'minutes');
    const half = context.measureText(text).width / 2;
    context.textAlign = 'center';
    context.fillText(text, Math.min(Math.max(x, LEFT + half), width - 12 - half), bottom + 13);
  }
}

function dot(
  context: CanvasRenderingContext2D,
  trace: ChartPoint,
  frame: Frame,
  radius: number,
): void {
  context.beginPath();
  context.arc(xOf(trace.startMillis, frame), yOf(trace.durationNano, frame), radius, 0, 7);
  context.fill();
}

function triangle(
  context: CanvasRenderingContext2D,
  trace: ChartPoint,
  frame: Frame,
  size: number,
): void {
  const x = xOf(trace.startMillis, frame);
  const y = yOf(trace.durationNano, frame);
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y + size * 0.8);
  context.lineTo(x - size, y + size * 0.8);
  context.fill();
}

function line(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
