// The drawing everybody must learn: one hop's time, where it really lay.
import type { Ink } from '../../parts/ink.ts';
import { type BarPart, barOf, pathOf, splitOf } from '../../trace/bar.ts';
import { type Zoom, ticks, toPixels } from '../../trace/scale.ts';
import { type Trace, serviceOf } from '../../trace/trace.ts';

export interface HopDrawing {
  trace: Trace;
  hop: number;
  zoom: Zoom;
  width: number;
  ink: Ink;
  hollow: boolean;
  showPath: boolean;
  /** What is written beside the bar, or null. */
  beside: string | null;
}

const TOP = 8;
const HEIGHT = 11;
const PATH_TOP = 22;
/** Room for the ring and the outline of what begins or ends at the edge. */
const MARGIN = 3;
/** As wide as this there is nothing inside of an outline. */
const THIN = 3;

export function drawHop(context: CanvasRenderingContext2D, drawing: HopDrawing): void {
  const { trace, hop, zoom, width, ink, hollow } = drawing;
  const at = (nanos: number) => MARGIN + toPixels(nanos, zoom, width - 2 * MARGIN);
  const segments = barOf(trace, hop);
  const first = segments[0];
  const last = segments.at(-1);
  const start = trace.hops.start[hop]!;
  const left = clampX(at(first?.start ?? start), width);
  const right = Math.max(clampX(at(last?.end ?? start), width), left + 2);
  const service = serviceOf(trace.hops.records[hop]!);
  const unknown = segments.some((segment) => segment.part === 'unknown');
  const outline = () => {
    context.beginPath();
    context.roundRect(
      left + 0.5,
      TOP + 0.5,
      Math.max(1, right - left - 1),
      HEIGHT - 1,
      Math.min(3, (right - left) / 2),
    );
  };
  // Most bars of a large trace: paths and clips would cost more than all else on the page.
  if (right - left <= THIN) {
    context.fillStyle = ink.service(service);
    context.fillRect(left, TOP, right - left, HEIGHT);
  } else {
    if (!hollow) {
      context.save();
      outline();
      context.clip();
      for (const segment of segments) {
        const x1 = Math.max(at(segment.start), left);
        const x2 = Math.min(at(segment.end), right);
        if (x2 <= x1) continue;
        // A part too thin to see still gets a hairline, unless it is only waiting.
        const wide = segment.part === 'below' ? x2 - x1 : Math.max(x2 - x1, 0.75);
        fillPart(context, segment.part, x1, wide, ink, service);
      }
      if (segments.length === 0) fillPart(context, 'self', left, right - left, ink, service);
      context.restore();
    }
    context.strokeStyle = ink.service(service);
    context.lineWidth = 1;
    context.setLineDash(unknown && right - left > 8 ? [3, 2] : []);
    outline();
    context.stroke();
    context.setLineDash([]);
  }
  if (trace.hops.error[hop]) {
    context.strokeStyle = ink.error;
    context.lineWidth = 1.5;
    context.beginPath();
    context.roundRect(left - 1.25, TOP - 1.25, right - left + 2.5, HEIGHT + 2.5, 4);
    context.stroke();
  }
  if (drawing.beside) writeBeside(context, drawing, drawing.beside, left, right);
  if (!hollow) drawEvents(context, drawing, at);
  if (drawing.showPath) drawPath(context, drawing, at);
}

/** Calls that share a row: a tick for each, over the time that they took together. */
export function drawGroup(
  context: CanvasRenderingContext2D,
  drawing: HopDrawing,
  group: number,
): void {
  const { trace, zoom, width, ink } = drawing;
  const at = (nanos: number) => MARGIN + toPixels(nanos, zoom, width - 2 * MARGIN);
  const service = serviceOf(trace.hops.records[drawing.hop]!);
  context.fillStyle = ink.service(service);
  let until = -Infinity;
  for (const hop of trace.folding.members[group]!) {
    const start = trace.hops.start[hop]!;
    const left = clampX(at(start), width);
    const right = clampX(at(start + (trace.hops.total[hop] || 0)), width);
    // At least a pixel of paper between two ticks, or they could not be told apart.
    const from = Math.max(left, until + 1);
    if (right - from < 1 && until > -Infinity && from > left) continue;
    const wide = Math.max(1.5, right - from - 0.5);
    context.fillRect(from, TOP, wide, HEIGHT);
    until = from + wide;
  }
  if (drawing.showPath) {
    for (const hop of trace.folding.members[group]!) drawPath(context, { ...drawing, hop }, at);
  }
}

/** To the right of the bar, or to its left where there is no room. */
function writeBeside(
  context: CanvasRenderingContext2D,
  { ink, width }: HopDrawing,
  words: string,
  left: number,
  right: number,
): void {
  context.font = `600 11px ${ink.font}`;
  context.textBaseline = 'middle';
  context.fillStyle = ink.warn;
  const room = context.measureText(words).width + 8;
  if (right + room <= width) context.fillText(words, right + 6, TOP + HEIGHT / 2 + 1);
  else if (left - room >= 0) context.fillText(words, left - room, TOP + HEIGHT / 2 + 1);
}

/** The same parts, put one after another from the left: the bar of the table. */
export function drawSplit(
  context: CanvasRenderingContext2D,
  trace: Trace,
  hop: number,
  width: number,
  ink: Ink,
  /** The time of all calls that share the row, or null. */
  together: number | null,
): void {
  const { total: own, network, server, self, below } = splitOf(trace, hop);
  const total = together ?? own;
  if (total === null) return;
  const record = trace.hops.records[hop]!;
  const service = serviceOf(record);
  const scale = (width - 2) / (trace.axis.end - trace.axis.start);
  const long = Math.max(2, total * scale);
  const parts: [BarPart, number][] =
    server === null || together !== null
      ? [[record.kind === 'local' ? 'self' : 'unknown', total]]
      : [
          ['network', network ?? 0],
          ['self', self ?? server],
          ['below', below ?? 0],
        ];
  context.save();
  context.beginPath();
  context.roundRect(1, TOP, long, HEIGHT, Math.min(3, long / 2));
  context.clip();
  fillPart(context, 'below', 1, long, ink, service);
  let x = 1;
  for (const [part, nanos] of parts) {
    fillPart(context, part, x, nanos * scale, ink, service);
    x += nanos * scale;
  }
  context.restore();
  context.strokeStyle = ink.service(service);
  context.setLineDash(parts[0]?.[0] === 'unknown' && long > 8 ? [3, 2] : []);
  context.beginPath();
  context.roundRect(1.5, TOP + 0.5, Math.max(1, long - 1), HEIGHT - 1, Math.min(3, long / 2));
  context.stroke();
}

function fillPart(
  context: CanvasRenderingContext2D,
  part: BarPart,
  x: number,
  width: number,
  ink: Ink,
  service: string | null,
): void {
  if (width <= 0) return;
  if (part === 'network') {
    context.fillStyle = ink.surface;
    context.fillRect(x, TOP, width, HEIGHT);
    hatch(context, x, width, ink.service(service));
    return;
  }
  context.globalAlpha = part === 'unknown' ? 0.55 : 1;
  context.fillStyle = part === 'below' ? ink.pale(service) : ink.service(service);
  context.fillRect(x, TOP, width, HEIGHT);
  context.globalAlpha = 1;
}

function hatch(context: CanvasRenderingContext2D, x: number, width: number, colour: string): void {
  context.save();
  context.beginPath();
  context.rect(x, TOP, width, HEIGHT);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  context.beginPath();
  for (let line = Math.floor((x - HEIGHT) / 5) * 5; line < x + width; line += 5) {
    context.moveTo(line, TOP + HEIGHT);
    context.lineTo(line + HEIGHT, TOP);
  }
  context.stroke();
  context.restore();
}

/** The lines of the ruler, through all that is drawn. */
export function drawGrid(
  context: CanvasRenderingContext2D,
  { trace, zoom, ink, width }: Pick<HopDrawing, 'trace' | 'zoom' | 'ink' | 'width'>,
  height: number,
): void {
  const origin = trace.axis.start;
  context.fillStyle = ink.line;
  for (const tick of ticks({ start: zoom.start - origin, end: zoom.end - origin }, width / 110)) {
    const x = MARGIN + toPixels(tick + origin, zoom, width - 2 * MARGIN);
    context.fillRect(Math.round(x), 0, 1, height);
  }
}

function drawPath(
  context: CanvasRenderingContext2D,
  drawing: HopDrawing,
  at: (nanos: number) => number,
): void {
  context.fillStyle = drawing.ink.path;
  let until = -1;
  for (const part of pathOf(drawing.trace, drawing.hop)) {
    const left = clampX(at(part.start), drawing.width);
    const right = Math.max(clampX(at(part.end), drawing.width), left + 1);
    // Thousands of parts may fall on one pixel; it is drawn once.
    if (right <= until) continue;
    context.fillRect(Math.max(left, until), PATH_TOP, right - Math.max(left, until), 2);
    until = right;
  }
}

function drawEvents(
  context: CanvasRenderingContext2D,
  drawing: HopDrawing,
  at: (nanos: number) => number,
): void {
  for (const time of drawing.trace.eventTimes(drawing.hop)) {
    const x = at(time);
    if (x < 0 || x > drawing.width) continue;
    context.beginPath();
    context.moveTo(x, TOP - 5);
    context.lineTo(x + 3.5, TOP - 1.5);
    context.lineTo(x, TOP + 2);
    context.lineTo(x - 3.5, TOP - 1.5);
    context.closePath();
    context.fillStyle = drawing.ink.surface;
    context.strokeStyle = drawing.ink.text;
    context.lineWidth = 1.2;
    context.fill();
    context.stroke();
  }
}

/** Far outside is as good as just outside, and canvases dislike huge numbers. */
function clampX(x: number, width: number): number {
  return Math.min(Math.max(x, -8), width + 8);
}
