// Draws the lanes of a flame graph that are in view: solid bars with their names inside.
import type { Ink } from '../../parts/ink.ts';
import type { Flame } from '../../trace/flame.ts';
import { formatAxis } from '../../trace/format.ts';
import { type Zoom, ticks, toPixels } from '../../trace/scale.ts';
import { type Trace, operationOf, serviceOf } from '../../trace/trace.ts';

export const LANE = 26;
export const RULER = 26;

export interface FlameDrawing {
  trace: Trace;
  flame: Flame;
  zoom: Zoom;
  width: number;
  height: number;
  /** How far the lanes are scrolled. */
  top: number;
  ink: Ink;
  active: number | null;
  /** How many calls each bar stands for, or null. */
  counts: Int32Array | null;
  duration: (nanos: number) => string;
}

export function drawFlame(context: CanvasRenderingContext2D, drawing: FlameDrawing): void {
  const { flame, height, top } = drawing;
  context.textBaseline = 'middle';
  drawGrid(context, drawing);
  const first = Math.max(0, Math.floor(top / LANE));
  const last = Math.min(flame.lanes - 1, Math.ceil((top + height) / LANE));
  for (let lane = first; lane <= last; lane++)
    drawLane(context, drawing, lane, RULER + lane * LANE - top);
  drawRuler(context, drawing);
}

function drawLane(
  context: CanvasRenderingContext2D,
  drawing: FlameDrawing,
  lane: number,
  y: number,
) {
  const { trace, flame, zoom, width, ink, active } = drawing;
  let until = -1;
  for (const hop of flame.byLane[lane] ?? []) {
    const start = trace.hops.start[hop]!;
    if (start > zoom.end) break;
    const left = Math.max(-4, toPixels(start, zoom, width));
    const right = Math.min(width + 4, toPixels(start + (trace.hops.total[hop] || 0), zoom, width));
    const end = Math.max(right, left + 2);
    // Thousands of calls may fall on one pixel; it is painted once, but never the chosen one away.
    if (end < 0 || (end <= until && hop !== active)) continue;
    until = end;
    const record = trace.hops.records[hop]!;
    const service = serviceOf(record);
    const colour = ink.service(service);
    const wide = Math.max(2, end - left - 1);
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, y, wide, LANE - 2, Math.min(3, wide / 2));
    context.fill();
    if (trace.hops.error[hop]) {
      context.strokeStyle = ink.error;
      context.lineWidth = 2;
      context.stroke();
    }
    if (hop === active) {
      context.strokeStyle = ink.path;
      context.lineWidth = 2;
      context.strokeRect(left + 1, y + 1, Math.max(1, wide - 2), LANE - 4);
    }
    if (wide > 40) write(context, drawing, hop, Math.max(0, left), y, wide + Math.min(0, left));
  }
}

function write(
  context: CanvasRenderingContext2D,
  drawing: FlameDrawing,
  hop: number,
  x: number,
  y: number,
  room: number,
) {
  const { trace, ink, counts, duration } = drawing;
  const count = counts?.[hop] ?? 1;
  const record = trace.hops.records[hop]!;
  const service = serviceOf(record) ?? '';
  context.save();
  context.beginPath();
  context.rect(x, y, room - 4, LANE - 2);
  context.clip();
  context.fillStyle = ink.on(serviceOf(record));
  const words: [string, string][] = [
    [service, '600'],
    [(operationOf(record) ?? '').slice(0, 200), '400'],
    [count > 1 ? `×${count}` : '', '600'],
    [duration(trace.hops.total[hop]!), '600'],
  ];
  let at = x + 8;
  for (const [text, weight] of words) {
    if (text === '') continue;
    context.font = `${weight} 12px ${ink.font}`;
    context.fillText(text, at, y + LANE / 2 - 1);
    at += context.measureText(text).width + 6;
  }
  context.restore();
}

function eachTick({ trace, zoom, width }: FlameDrawing, draw: (x: number, tick: number) => void) {
  const origin = trace.axis.start;
  for (const tick of ticks({ start: zoom.start - origin, end: zoom.end - origin }, width / 130))
    draw(Math.round(toPixels(tick + origin, zoom, width)), tick);
}

function drawGrid(context: CanvasRenderingContext2D, drawing: FlameDrawing) {
  context.fillStyle = drawing.ink.line;
  eachTick(drawing, (x) => context.fillRect(x, 0, 1, drawing.height));
}

/** Over the lanes, which scroll below it. */
function drawRuler(context: CanvasRenderingContext2D, drawing: FlameDrawing) {
  const { width, ink } = drawing;
  context.fillStyle = ink.surface;
  context.fillRect(0, 0, width, RULER - 2);
  context.font = `400 11px ${ink.font}`;
  eachTick(drawing, (x, tick) => {
    context.fillStyle = ink.line;
    context.fillRect(x, 0, 1, RULER - 2);
    context.fillStyle = ink.muted;
    if (x < width - 40) context.fillText(formatAxis(tick), x + 4, RULER / 2 - 1);
  });
}
