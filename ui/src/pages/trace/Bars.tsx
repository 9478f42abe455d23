// The bars of some rows on one canvas that scrolls with them. A canvas for each row would be a layer for each, and
// putting fifty layers together costs more than drawing them.
import { type CSSProperties, memo, useLayoutEffect, useRef } from 'react';
import { prepareCanvas } from '../../parts/canvas.ts';
import type { Ink } from '../../parts/ink.ts';
import { type Rows, groupOfRow } from '../../trace/rows.ts';
import type { Zoom } from '../../trace/scale.ts';
import type { Trace } from '../../trace/trace.ts';
import type { TraceViewName } from '../../trace/trace-view.ts';
import { drawGrid, drawGroup, drawHop, drawSplit } from './draw-hop.ts';
import { useUnusual } from './use-unusual.ts';
import styles from './HopGrid.module.css';

/** Rows that share a canvas. */
export const ROWS_TOGETHER = 16;
/** More canvases than are ever in view: one that is left behind is used again. */
const CANVASES = 12;

interface BarsProps {
  trace: Trace;
  rows: Rows;
  opened: ReadonlySet<number>;
  view: TraceViewName;
  showPath: boolean;
  zoom: Zoom;
  /** Where the bars' column is. */
  left: number;
  width: number;
  /** How high a row is, and where in it the bar lies. */
  pitch: number;
  offset: number;
  ink: Ink;
}

/** Canvases for the rows from the first to the last. */
export function Bars({ first, last, ...shared }: BarsProps & { first: number; last: number }) {
  const from = Math.floor(first / ROWS_TOGETHER);
  const to = Math.floor(last / ROWS_TOGETHER);
  if (shared.width <= 0 || last < first) return null;
  return Array.from({ length: to - from + 1 }, (_, index) => (
    <BarCanvas key={(from + index) % CANVASES} {...shared} part={from + index} />
  ));
}

const BarCanvas = memo(function BarCanvas(props: BarsProps & { part: number }) {
  const { trace, rows, opened, view, showPath, zoom, width, pitch, offset, ink, part } = props;
  const unusual = useUnusual();
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const first = part * ROWS_TOGETHER;
    const context = canvas.current && prepareCanvas(canvas.current, width, pitch * ROWS_TOGETHER);
    if (!context) return;
    const last = Math.min(first + ROWS_TOGETHER, rows.hops.length);
    // Where names stand above the bars, the lines leave them out.
    const inOne = offset === 0 && view !== 'tree';
    if (inOne) drawGrid(context, { trace, zoom, ink, width }, (last - first) * pitch);
    for (let row = first; row < last; row++) {
      const hop = rows.hops[row]!;
      const group = rows.matches === null ? groupOfRow(trace, hop, opened) : null;
      const hollow = rows.matches !== null && rows.matches[hop] !== 1;
      const beside = group === null ? unusual(trace.hops.records[hop]!.peers) : null;
      const drawing = { trace, hop, zoom, width, ink, hollow, showPath, beside };
      context.save();
      context.translate(0, (row - first) * pitch + offset);
      if (!inOne && view !== 'tree') drawGrid(context, drawing, pitch - offset);
      if (view === 'tree')
        drawSplit(
          context,
          trace,
          hop,
          width,
          ink,
          group === null ? null : trace.groups[group]!.durationNano,
        );
      else if (group !== null) drawGroup(context, drawing, group);
      else drawHop(context, drawing);
      context.restore();
    }
  }, [trace, rows, opened, view, showPath, zoom, width, pitch, offset, ink, part, unusual]);
  return (
    <canvas
      ref={canvas}
      className={styles.bars}
      style={
        {
          '--top': `${part * ROWS_TOGETHER * pitch}px`,
          '--left': `${props.left}px`,
          '--width': `${width}px`,
          '--height': `${ROWS_TOGETHER * pitch}px`,
        } as CSSProperties
      }
      aria-hidden="true"
    />
  );
});
