// The whole trace in 50 pixels: drag to zoom, double-click for the whole again.
import {
  type CSSProperties,
  type PointerEvent,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { prepareCanvas } from '../../parts/canvas.ts';
import { useInk } from '../../parts/ink.ts';
import { useText } from '../../parts/language.tsx';
import { useWidth } from '../../parts/use-size.ts';
import { type Zoom, toNanos, toPixels, zoomAround } from '../../trace/scale.ts';
import type { Trace } from '../../trace/trace.ts';
import { drawMinimap } from './draw-minimap.ts';
import styles from './Minimap.module.css';

interface MinimapProps {
  trace: Trace;
  zoom: Zoom;
  onZoom: (zoom: Zoom | null) => void;
}

export function Minimap({ trace, zoom, onZoom }: MinimapProps) {
  const { t, duration } = useText();
  const ink = useInk();
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(place);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const { axis } = trace;
  useLayoutEffect(() => {
    const context =
      canvas.current && width > 0 ? prepareCanvas(canvas.current, width, HEIGHT) : null;
    if (context) drawMinimap(context, trace, ink, width, HEIGHT);
  }, [trace, ink, width]);
  const latest = useRef({ zoom, onZoom });
  useEffect(() => {
    latest.current = { zoom, onZoom };
  });
  useEffect(() => {
    const element = place.current;
    // Not passive, because Ctrl and the wheel would otherwise zoom the whole page.
    const wheel = (event: WheelEvent) => {
      if (!element || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const bounds = element.getBoundingClientRect();
      const at = toNanos(event.clientX - bounds.left, axis, bounds.width);
      latest.current.onZoom(
        zoomAround(latest.current.zoom, axis, at, event.deltaY > 0 ? 1.25 : 0.8),
      );
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [axis]);
  const at = (event: PointerEvent) =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const release = () => {
    if (drag && Math.abs(drag.to - drag.from) > 4) {
      const [left, right] = drag.from < drag.to ? [drag.from, drag.to] : [drag.to, drag.from];
      onZoom({
        start: toNanos(Math.max(0, left), axis, width),
        end: toNanos(Math.min(width, right), axis, width),
      });
    }
    setDrag(null);
  };
  const zoomed = zoom.start > axis.start || zoom.end < axis.end;
  const left = drag ? Math.min(drag.from, drag.to) : toPixels(zoom.start, axis, width);
  const right = drag ? Math.max(drag.from, drag.to) : toPixels(zoom.end, axis, width);
  return (
    <div className={styles.map} ref={place}>
      <canvas
        ref={canvas}
        className={styles.canvas}
        role="img"
        aria-label={t('trace.minimap', {
          duration: duration(trace.durationNano),
          start: duration(zoom.start - axis.start),
          end: duration(zoom.end - axis.start),
        })}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: at(event), to: at(event) });
        }}
        onPointerMove={(event) => drag && setDrag({ from: drag.from, to: at(event) })}
        onPointerUp={release}
        onPointerCancel={() => setDrag(null)}
        onDoubleClick={() => onZoom(null)}
      />
      {(zoomed || (drag && drag.from !== drag.to)) && (
        <div
          className={styles.window}
          style={
            { '--left': `${left}px`, '--width': `${Math.max(2, right - left)}px` } as CSSProperties
          }
        />
      )}
      {zoomed && (
        <button type="button" className={`button ${styles.reset}`} onClick={() => onZoom(null)}>
          {t('trace.zoom.reset')}
        </button>
      )}
    </div>
  );
}

const HEIGHT = 50;
