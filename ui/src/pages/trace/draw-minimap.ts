// Draws every hop as a line, errors as red ticks, and the critical path by service along the lower edge.
import type { Ink } from '../../parts/ink.ts';
import { toPixels } from '../../trace/scale.ts';
import { type Trace, serviceOf } from '../../trace/trace.ts';

const TOP = 8;
const PATH_HEIGHT = 4;

/** One pass over the hops. Lines lie in their pre-order, so the shape of the tree shows. */
export function drawMinimap(
  context: CanvasRenderingContext2D,
  trace: Trace,
  ink: Ink,
  width: number,
  height: number,
): void {
  const { hops, axis } = trace;
  const room = height - TOP - PATH_HEIGHT - 5;
  const thick = Math.max(0.6, Math.min(3, room / hops.count - 0.5));
  const colours = new Map<string | null, string>();
  const colourOf = (service: string | null) => {
    let colour = colours.get(service);
    if (colour === undefined) {
      colour = ink.service(service);
      colours.set(service, colour);
    }
    return colour;
  };
  let last = '';
  const covered = new Covered(Math.ceil(width) + 2, room / thick, hops.count);
  // The last line lies on top: from there on nothing is painted that would be painted over.
  for (let hop = hops.count - 1; hop >= 0; hop--) {
    const total = hops.total[hop]!;
    const x = toPixels(hops.start[hop]!, axis, width);
    const right = Number.isNaN(total) ? x + 1 : toPixels(hops.start[hop]! + total, axis, width);
    if (!covered.add(hop, x, Math.max(x + 1, right))) continue;
    const colour = colourOf(serviceOf(hops.records[hop]!));
    if (colour !== last) context.fillStyle = last = colour;
    context.fillRect(x, TOP + (hop / hops.count) * room, Math.max(1, right - x), thick);
  }
  for (const part of trace.path) {
    const x = toPixels(part.start, axis, width);
    const right = toPixels(part.start + part.durationNano, axis, width);
    context.fillStyle = colourOf(part.service);
    context.fillRect(x, height - PATH_HEIGHT - 2, Math.max(0.5, right - x), PATH_HEIGHT);
  }
  context.fillStyle = ink.error;
  let before = -10;
  for (let hop = 0; hop < hops.count; hop++) {
    if (!hops.error[hop]) continue;
    const x = toPixels(hops.start[hop]! + (hops.total[hop] || 0), axis, width);
    if (Math.abs(x - before) < 2) continue;
    before = x;
    context.beginPath();
    context.moveTo(x - 4, 0);
    context.lineTo(x + 4, 0);
    context.lineTo(x, 6);
    context.fill();
  }
}

/** Which pixels lines have taken. Where there are more hops than lines fit, many share one. */
class Covered {
  private readonly taken: Uint8Array;
  private readonly left: Int32Array;
  private readonly width: number;
  private readonly lines: number;
  private readonly count: number;

  constructor(width: number, lines: number, count: number) {
    this.width = width;
    this.lines = Math.max(1, Math.min(Math.floor(lines), count));
    this.count = count;
    this.taken = new Uint8Array(this.lines * width);
    this.left = new Int32Array(this.lines).fill(width);
  }

  /** Takes them for a hop's line; false if it had none of its own. */
  add(hop: number, from: number, to: number): boolean {
    const line = Math.floor((hop / this.count) * this.lines);
    if (this.left[line] === 0) return false;
    const first = Math.max(0, Math.floor(from));
    const end = Math.min(this.width, Math.ceil(to));
    let isNew = false;
    for (let at = line * this.width + first; at < line * this.width + end; at++) {
      if (this.taken[at]) continue;
      this.taken[at] = 1;
      this.left[line]!--;
      isNew = true;
    }
    return isNew;
  }
}
