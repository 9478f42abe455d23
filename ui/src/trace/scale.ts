// The time axis: which nanoseconds are on it, where they fall, and where its ticks stand.

export interface Zoom {
  start: number;
  end: number;
}

/** Where a time falls on an axis of this width; may lie outside. */
export function toPixels(nanos: number, zoom: Zoom, width: number): number {
  return ((nanos - zoom.start) / (zoom.end - zoom.start)) * width;
}

export function toNanos(pixels: number, zoom: Zoom, width: number): number {
  return zoom.start + (pixels / Math.max(1, width)) * (zoom.end - zoom.start);
}

/** Round times, at most this many, all within the zoom. */
export function ticks(zoom: Zoom, most: number): number[] {
  const step = roundStep((zoom.end - zoom.start) / Math.max(1, most));
  const first = Math.ceil(zoom.start / step);
  const found: number[] = [];
  for (let at = first; at * step <= zoom.end && found.length < 100; at++) found.push(at * step);
  return found;
}

/** Narrows or widens around a time, and stays within the whole. */
export function zoomAround(zoom: Zoom, whole: Zoom, at: number, factor: number): Zoom {
  const width = Math.max((zoom.end - zoom.start) * factor, MIN_WIDTH);
  const share = (at - zoom.start) / (zoom.end - zoom.start);
  return keepWithin({ start: at - share * width, end: at + (1 - share) * width }, whole);
}

export function pan(zoom: Zoom, whole: Zoom, share: number): Zoom {
  const shift = (zoom.end - zoom.start) * share;
  return keepWithin({ start: zoom.start + shift, end: zoom.end + shift }, whole);
}

export function keepWithin(zoom: Zoom, whole: Zoom): Zoom {
  const width = Math.min(zoom.end - zoom.start, whole.end - whole.start);
  const start = Math.min(Math.max(zoom.start, whole.start), whole.end - width);
  return { start, end: start + width };
}

/** The smallest of 1, 2, 5 × 10ⁿ nanoseconds that is not below this; above a minute in minutes. */
function roundStep(least: number): number {
  if (least > 30e9) {
    return (
      [60e9, 120e9, 300e9, 600e9, 1800e9, 3600e9].find((step) => step >= least) ??
      7200e9 * Math.ceil(least / 7200e9)
    );
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) * power;
}

/** A window narrower than this shows nothing that was measured. */
const MIN_WIDTH = 100;
