// The flame graph, moved in with the arrow keys, and below it in words where the time went.
import {
  type CSSProperties,
  type KeyboardEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { prepareCanvas } from '../../parts/canvas.ts';
import { useInk } from '../../parts/ink.ts';
import { Segments } from '../../parts/Segments.tsx';
import { useText } from '../../parts/language.tsx';
import { useWidth } from '../../parts/use-size.ts';
import { flameOf, hopAt, neighbour } from '../../trace/flame.ts';
import { mergeCalls } from '../../trace/merged.ts';
import { toNanos } from '../../trace/scale.ts';
import { operationOf, serviceOf } from '../../trace/trace.ts';
import { LANE, RULER, drawFlame } from './draw-flame.ts';
import type { OtherViewProps } from './OtherViews.tsx';
import { PathTable } from './PathTable.tsx';
import styles from './OtherViews.module.css';

const WAYS = {
  ArrowUp: 'caller',
  ArrowDown: 'call',
  ArrowLeft: 'before',
  ArrowRight: 'after',
} as const;

export function FlameView(props: OtherViewProps) {
  const { trace, onActive, onOpen } = props;
  const { t } = useText();
  const [merging, setMerging] = useState(false);
  const merged = useMemo(() => (merging ? mergeCalls(trace) : null), [merging, trace]);
  const [mergedActive, setMergedActive] = useState(0);
  return (
    <>
      <div className={styles.bar}>
        <Segments
          label={t('flame.by')}
          choices={(['time', 'calls'] as const).map((name) => ({
            name,
            shown: t(`flame.by.${name}`),
          }))}
          chosen={merging ? 'calls' : 'time'}
          onChoose={(name) => {
            setMerging(name === 'calls');
            setMergedActive(0);
          }}
        />
        <span className={styles.note}>
          {t(merging ? 'flame.by.calls.more' : 'flame.by.time.more')}
        </span>
      </div>
      {merged ? (
        <Lanes
          {...props}
          key="merged"
          trace={merged.trace}
          zoom={merged.trace.axis}
          counts={merged.counts}
          active={mergedActive}
          onActive={setMergedActive}
          onOpen={(hop) => {
            onActive(merged.longest[hop]!);
            onOpen(merged.longest[hop]!);
          }}
          onView={() => undefined}
        />
      ) : (
        <Lanes {...props} counts={null} />
      )}
      <PathTable {...props} />
    </>
  );
}

interface LanesProps extends OtherViewProps {
  /** How many calls each stands for, or null. */
  counts: Int32Array | null;
}

function Lanes(props: LanesProps) {
  const { trace, zoom, active, counts, onActive, onOpen, onView } = props;
  const { t, duration } = useText();
  const ink = useInk();
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(place);
  const [top, setTop] = useState(0);
  const [focused, setFocused] = useState(false);
  const flame = useMemo(() => flameOf(trace), [trace]);
  const whole = RULER + flame.lanes * LANE + 8;
  const height = Math.min(whole, 460, Math.round(window.innerHeight / 2));
  useLayoutEffect(() => {
    const context =
      canvas.current && width > 0 ? prepareCanvas(canvas.current, width, height) : null;
    if (context)
      drawFlame(context, {
        trace,
        flame,
        zoom,
        width,
        height,
        top,
        ink,
        active: focused ? active : null,
        counts,
        duration,
      });
  }, [trace, flame, zoom, width, height, top, ink, active, counts, focused, duration]);
  const go = (hop: number | null) => {
    if (hop === null) return;
    onActive(hop);
    const at = RULER + flame.lane[hop]! * LANE;
    const box = place.current;
    if (!box) return;
    if (at < box.scrollTop + RULER) box.scrollTop = at - RULER;
    else if (at + LANE > box.scrollTop + height) box.scrollTop = at + LANE - height + 8;
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key as keyof typeof WAYS] as
      (typeof WAYS)[keyof typeof WAYS] | undefined;
    const total = trace.hops.total[active]!;
    if (way) go(neighbour(trace, active, way));
    else if (event.key === 'Home') go(0);
    else if (event.key === 'Enter' && event.shiftKey) {
      const start = trace.hops.start[active]!;
      if (total > 0) onView({ zoom: { start, end: start + total } });
    } else if (event.key === 'Enter') onOpen(active);
    else return;
    event.preventDefault();
  };
  const record = trace.hops.records[active];
  return (
    <div
      ref={place}
      className={styles.flame}
      role="application"
      aria-label={t('flame.summary', { count: trace.hops.count })}
      tabIndex={0}
      onKeyDown={press}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <div className={styles.lanes} style={{ '--height': `${whole}px` } as CSSProperties}>
        <canvas
          ref={canvas}
          className={styles.canvas}
          aria-hidden="true"
          onClick={(event) => {
            const bounds = event.currentTarget.getBoundingClientRect();
            const x = event.clientX - bounds.left;
            const lane = Math.floor((event.clientY - bounds.top - RULER + top) / LANE);
            const slack = (3 / bounds.width) * (zoom.end - zoom.start);
            const hop = hopAt(trace, flame, lane, toNanos(x, zoom, bounds.width), slack);
            if (hop === null) return;
            onActive(hop);
            onOpen(hop);
          }}
        />
      </div>
      <p className="offscreen" role="status">
        {focused &&
          record &&
          t('flame.at', {
            service: serviceOf(record) ?? t('common.unknown.service'),
            operation: operationOf(record) ?? t('common.unnamed'),
            duration: duration(trace.hops.total[active]),
          })}
      </p>
    </div>
  );
}
