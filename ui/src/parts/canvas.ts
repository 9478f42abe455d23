// Preparing a canvas for the screen's own pixels.

/** Sizes and clears the canvas; drawing is in CSS pixels. Null where there is no canvas. */
export function prepareCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [width, height].map((size) => Math.max(1, Math.round(size * ratio)));
  const context = canvas.getContext('2d');
  // The same size again would give the canvas new memory.
  if (canvas.width === wide && canvas.height === high) context?.reset();
  else {
    canvas.width = wide!;
    canvas.height = high!;
  }
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
