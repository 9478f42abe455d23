// Draws the scatter onto its canvas: axes, marks, the mark under the pointer, the box.
import { type RefObject, useLayoutEffect } from 'react';
import { prepareCanvas } from '../../parts/canvas.ts';
import type { Ink } from '../../parts/ink.ts';
import { formatAxis, formatClock, formatDate } from '../../trace/format.ts';
import { type Box, type Frame, durationTicks, timeTicks, xOf, yOf } from '../../trace/scatter.ts';
import type { TraceSummary } from '../../trace/summary.ts';

export const LEFT = 64;
export const TOP = 10;

interface Drawing {
  traces: readonly TraceSummary[];
  frame: Frame;
  ink: Ink;
  width: number;
  height: number;
  under: TraceSummary | null;
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
  const { frame, ink, traces, box } = drawing;
  drawAxes(context, drawing);
  context.translate(LEFT, TOP);
  const radius = traces.length > 400 ? 2.2 : traces.length > 5 ? 3 : 4;
  context.globalAlpha = 0.75;
  context.fillStyle = ink.dot;
  for (const trace of traces) if (trace.errorCount === 0) dot(context, trace, frame, radius);
  context.globalAlpha = 1;
  context.fillStyle = ink.error;
  for (const trace of traces)
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
}

function drawAxes(context: CanvasRenderingContext2D, { frame, ink, width }: Drawing): void {
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
  trace: TraceSummary,
  frame: Frame,
  radius: number,
): void {
  context.beginPath();
  context.arc(xOf(trace.startMillis, frame), yOf(trace.durationNano, frame), radius, 0, 7);
  context.fill();
}

function triangle(
  context: CanvasRenderingContext2D,
  trace: TraceSummary,
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
