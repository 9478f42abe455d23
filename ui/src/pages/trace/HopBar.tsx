// The bar of one row, on a canvas of its own that scrolls with the row.
import { useLayoutEffect, useRef } from 'react';
import { prepareCanvas } from '../../parts/canvas.ts';
import type { Ink } from '../../parts/ink.ts';
import type { Zoom } from '../../trace/scale.ts';
import type { Trace } from '../../trace/trace.ts';
import type { TraceViewName } from '../../trace/trace-view.ts';
import { drawHop, drawSplit } from './draw-hop.ts';
import styles from './HopGrid.module.css';

interface HopBarProps {
  trace: Trace;
  hop: number;
  zoom: Zoom;
  view: TraceViewName;
  width: number;
  ink: Ink;
  hollow: boolean;
  showPath: boolean;
}

export function HopBar({ trace, hop, zoom, view, width, ink, hollow, showPath }: HopBarProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element || width <= 0) return;
    const room = view === 'tree' ? element.clientWidth : width;
    const context = prepareCanvas(element, room, 27);
    if (!context) return;
    if (view === 'tree') drawSplit(context, trace, hop, room, ink);
    else drawHop(context, { trace, hop, zoom, width: room, ink, hollow, showPath });
  }, [trace, hop, zoom, view, width, ink, hollow, showPath]);
  return <canvas ref={canvas} className={styles.bar} aria-hidden="true" />;
}
