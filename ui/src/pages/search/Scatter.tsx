// Duration over time: a dot a trace, a red triangle for a failed one; beside it how many took how long. Click opens,
// dragging, or the key b, makes a box to filter by.
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { useInk } from '../../parts/ink.ts';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { isTyping } from '../../parts/typing.ts';
import { useWidth } from '../../parts/use-size.ts';
import { writeDuration } from '../../trace/duration-text.ts';
import type { Overview } from '../../trace/overview.ts';
import type { Question } from '../../trace/question.ts';
import {
  type Box,
  firstBox,
  frameOf,
  millisAt,
  nanosAt,
  nearest,
  within,
  xOf,
  yOf,
} from '../../trace/scatter.ts';
import type { ChartPoint, Searched } from '../../trace/summary.ts';
import { ScatterBox } from './ScatterBox.tsx';
import { ScatterNote } from './ScatterNote.tsx';
import { HISTOGRAM, LEFT, TOP, useScatterDrawing } from './use-scatter-drawing.ts';
import styles from './Scatter.module.css';

interface ScatterProps {
  points: readonly ChartPoint[];
  overview: Overview | undefined;
  searched: Searched;
  onFilter: (chosen: Pick<Question, 'range' | 'minTraceDuration' | 'maxTraceDuration'>) => void;
}

/** From this width on there is room for the histogram. */
const WIDE = 700;

export function Scatter({ points, overview, searched, onFilter }: ScatterProps) {
  const { t, duration } = useText();
  const navigate = useNavigate();
  const ink = useInk();
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(place);
  const height = useMedia(PHONE) ? 150 : 190;
  const [under, setUnder] = useState<ChartPoint | null>(null);
  const [box, setBox] = useState<Box | null>(null);
  const [dragging, setDragging] = useState(false);
  const from = useRef<{ x: number; y: number } | null>(null);
  const beside = width >= WIDE ? HISTOGRAM : 0;
  const frame = frameOf(
    points,
    searched,
    Math.max(1, width - LEFT - 12 - beside),
    height - TOP - 24,
  );
  useScatterDrawing(canvas, {
    points,
    overview: beside > 0 ? overview : undefined,
    duration,
    words: t('result.traces'),
    frame,
    ink,
    width,
    height,
    under,
    box,
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'b' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      setBox((before) => before ?? firstBox(frame));
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
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
    } else if (!start) setUnder(nearest(points, frame, x, y, 10));
  };
  const release = (event: PointerEvent) => {
    const start = from.current;
    from.current = null;
    setDragging(false);
    const { x, y } = at(event);
    if (!start || Math.hypot(x - start.x, y - start.y) > 5) return;
    setBox(null);
    const chosen = nearest(points, frame, x, y, 12);
    if (chosen) void navigate(`/traces/${chosen.traceId}`);
  };
  const inBox = box ? within(points, frame, box) : [];
  const errors = points.filter((trace) => trace.errorCount > 0).length;
  const lengths = points.map((trace) => trace.durationNano);
  const filter = () => {
    if (!box) return;
    setBox(null);
    const round = (nanos: number) => Number(nanos.toPrecision(3));
    onFilter({
      range: {
        from: String(Math.floor(millisAt(box.left, frame))),
        to: String(Math.ceil(millisAt(box.right, frame))),
      },
      minTraceDuration: writeDuration(Math.round(round(nanosAt(box.bottom, frame)))),
      maxTraceDuration: writeDuration(Math.round(round(nanosAt(box.top, frame)))),
    });
  };
  return (
    <div className={styles.place} ref={place}>
      <canvas
        ref={canvas}
        className={`${styles.canvas} ${under ? styles.over : ''}`}
        role="img"
        aria-label={t('scatter.summary', {
          count: points.length,
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
        <ScatterBox
          box={box}
          frame={frame}
          count={inBox.length}
          onMove={setBox}
          onFilter={filter}
          onClose={() => setBox(null)}
        />
      )}
    </div>
  );
}
