// Duration over time: a dot a trace, a red triangle for a failed one. Click opens, dragging makes a box to filter by.
import { type PointerEvent, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { Icon } from '../../parts/Icon.tsx';
import { useInk } from '../../parts/ink.ts';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { useWidth } from '../../parts/use-size.ts';
import { writeDuration } from '../../trace/duration-text.ts';
import type { Question } from '../../trace/question.ts';
import {
  type Box,
  frameOf,
  millisAt,
  nanosAt,
  nearest,
  within,
  xOf,
  yOf,
} from '../../trace/scatter.ts';
import type { TraceSummary } from '../../trace/summary.ts';
import { ScatterNote } from './ScatterNote.tsx';
import { LEFT, TOP, useScatterDrawing } from './use-scatter-drawing.ts';
import styles from './Scatter.module.css';

interface ScatterProps {
  traces: readonly TraceSummary[];
  searched: { from: number; to: number };
  onFilter: (chosen: Pick<Question, 'range' | 'minDuration' | 'maxDuration'>) => void;
}

export function Scatter({ traces, searched, onFilter }: ScatterProps) {
  const { t, duration } = useText();
  const navigate = useNavigate();
  const ink = useInk();
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(place);
  const height = useMedia(PHONE) ? 150 : 190;
  const [under, setUnder] = useState<TraceSummary | null>(null);
  const [box, setBox] = useState<Box | null>(null);
  const [dragging, setDragging] = useState(false);
  const from = useRef<{ x: number; y: number } | null>(null);
  const frame = frameOf(traces, searched, Math.max(1, width - LEFT - 12), height - TOP - 24);
  useScatterDrawing(canvas, { traces, frame, ink, width, height, under, box });
  const at = (event: PointerEvent) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - bounds.left - LEFT, y: event.clientY - bounds.top - TOP };
  };
  const move = (event: PointerEvent) => {
    const { x, y } = at(event);
    const start = from.current;
    if (start && Math.hypot(x - start.x, y - start.y) > 5) {
      setUnder(null);
      setBox({
        left: Math.max(0, Math.min(x, start.x)),
        right: Math.min(frame.width, Math.max(x, start.x)),
        top: Math.max(0, Math.min(y, start.y)),
        bottom: Math.min(frame.height, Math.max(y, start.y)),
      });
    } else if (!start) setUnder(nearest(traces, frame, x, y, 10));
  };
  const release = (event: PointerEvent) => {
    const start = from.current;
    from.current = null;
    setDragging(false);
    const { x, y } = at(event);
    if (!start || Math.hypot(x - start.x, y - start.y) > 5) return;
    setBox(null);
    const chosen = nearest(traces, frame, x, y, 12);
    if (chosen) void navigate(`/traces/${chosen.traceId}`);
  };
  const inBox = box ? within(traces, frame, box) : [];
  const errors = traces.filter((trace) => trace.errorCount > 0).length;
  const lengths = traces.map((trace) => trace.durationNano);
  const filter = () => {
    if (!box) return;
    setBox(null);
    const round = (nanos: number) => Number(nanos.toPrecision(3));
    onFilter({
      range: {
        from: String(Math.floor(millisAt(box.left, frame))),
        to: String(Math.ceil(millisAt(box.right, frame))),
      },
      minDuration: writeDuration(Math.round(round(nanosAt(box.bottom, frame)))),
      maxDuration: writeDuration(Math.round(round(nanosAt(box.top, frame)))),
    });
  };
  return (
    <div className={styles.place} ref={place}>
      <canvas
        ref={canvas}
        className={`${styles.canvas} ${under ? styles.over : ''}`}
        role="img"
        aria-label={t('scatter.summary', {
          count: traces.length,
          errors,
          shortest: duration(Math.min(...lengths)),
          longest: duration(Math.max(...lengths)),
        })}
        onPointerDown={(event) => {
          from.current = at(event);
          setDragging(true);
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={release}
        onPointerLeave={() => setUnder(null)}
      />
      {under && (
        <ScatterNote
          trace={under}
          x={LEFT + xOf(under.startMillis, frame)}
          y={TOP + yOf(under.durationNano, frame)}
          width={width}
        />
      )}
      {box && !dragging && (
        <div className={styles.chosen}>
          <b>{t('scatter.box', { count: inBox.length })}</b>
          <button type="button" className="button primary" onClick={filter}>
            {t('scatter.filter')}
          </button>
          <button
            type="button"
            className="quiet"
            aria-label={t('common.close')}
            onClick={() => setBox(null)}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
