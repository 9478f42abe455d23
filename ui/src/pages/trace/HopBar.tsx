// The bar of one row, on a canvas of its own that scrolls with the row.
import { useLayoutEffect, useRef } from 'react';
import { prepareCanvas } from '../../parts/canvas.ts';
import type { Ink } from '../../parts/ink.ts';
import type { Zoom } from '../../trace/scale.ts';
import type { Trace } from '../../trace/trace.ts';
import type { TraceViewName } from '../../trace/trace-view.ts';
import { drawGroup, drawHop, drawSplit } from './draw-hop.ts';
import { useUnusual } from './use-unusual.ts';
import styles from './HopGrid.module.css';

interface HopBarProps {
  trace: Trace;
  hop: number;
  group: number | null;
  zoom: Zoom;
  view: TraceViewName;
  width: number;
  ink: Ink;
  hollow: boolean;
  showPath: boolean;
}

export function HopBar(props: HopBarProps) {
  const { trace, hop, group, zoom, view, width, ink, hollow, showPath } = props;
  const unusual = useUnusual();
  const together = group === null ? null : trace.groups[group]!.durationNano;
  const beside = group === null ? unusual(trace.hops.records[hop]!.peers) : null;
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element || width <= 0) return;
    const room = view === 'tree' ? element.clientWidth : width;
    const context = prepareCanvas(element, room, 27);
    if (!context) return;
    const drawing = { trace, hop, zoom, width: room, ink, hollow, showPath, beside };
    if (view === 'tree') drawSplit(context, trace, hop, room, ink, together);
    else if (group !== null) drawGroup(context, drawing, group);
    else drawHop(context, drawing);
  }, [trace, hop, group, zoom, view, width, ink, hollow, showPath, beside, together]);
  return <canvas ref={canvas} className={styles.bar} aria-hidden="true" />;
}
