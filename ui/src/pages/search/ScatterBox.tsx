// The box in the chart: what is in it and what can be done with it. Arrow keys move it, with Shift they size it.
import { type CSSProperties, useEffect, useRef } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { formatClock } from '../../trace/format.ts';
import { type Box, type Frame, millisAt, moveBox, nanosAt } from '../../trace/scatter.ts';
import styles from './Scatter.module.css';
import { LEFT, TOP } from './use-scatter-drawing.ts';

interface ScatterBoxProps {
  box: Box;
  frame: Frame;
  /** Traces in it. */
  count: number;
  onMove: (box: Box) => void;
  onFilter: () => void;
  onClose: () => void;
}

export function ScatterBox({ box, frame, count, onMove, onFilter, onClose }: ScatterBoxProps) {
  const { t, duration } = useText();
  const handle = useRef<HTMLDivElement>(null);
  useEffect(() => handle.current?.focus({ preventScroll: true }), []);
  const precision = frame.to - frame.from < 600_000 ? 'seconds' : 'minutes';
  const ranges = t('scatter.ranges', {
    from: formatClock(millisAt(box.left, frame), precision),
    to: formatClock(millisAt(box.right, frame), precision),
    shortest: duration(nanosAt(box.bottom, frame)),
    longest: duration(nanosAt(box.top, frame)),
  });
  return (
    <>
      <div
        ref={handle}
        className={styles.handle}
        style={
          {
            '--x': `${LEFT + box.left}px`,
            '--y': `${TOP + box.top}px`,
            '--width': `${box.right - box.left}px`,
            '--height': `${box.bottom - box.top}px`,
          } as CSSProperties
        }
        role="group"
        tabIndex={0}
        aria-label={t('scatter.handle')}
        onKeyDown={(event) => {
          const moved = moveBox(box, event.key, event.shiftKey, frame);
          if (moved) onMove(moved);
          else if (event.key === 'Enter') onFilter();
          else if (event.key === 'Escape') onClose();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div className={styles.chosen}>
        <span role="status">
          <b>{t('scatter.box', { count })}</b>{' '}
          <span className={`num ${styles.ranges}`}>{ranges}</span>
        </span>
        <button type="button" className="button primary" onClick={onFilter}>
          {t('scatter.filter')}
        </button>
        <button type="button" className="quiet" aria-label={t('common.close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
    </>
  );
}
