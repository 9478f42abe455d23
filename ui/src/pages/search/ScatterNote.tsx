// What floats beside the mark under the pointer: root, duration, error.
import type { CSSProperties } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import type { ChartPoint } from '../../trace/summary.ts';
import styles from './Scatter.module.css';

interface ScatterNoteProps {
  trace: ChartPoint;
  x: number;
  y: number;
  width: number;
}

export function ScatterNote({ trace, x, y, width }: ScatterNoteProps) {
  const { duration } = useText();
  const side = x > width / 2 ? styles.before : styles.after;
  return (
    <div
      className={`${styles.float} ${side}`}
      style={{ '--x': `${x}px`, '--y': `${y}px` } as CSSProperties}
    >
      <span lang="en">{trace.root.service}</span> <b lang="en">{trace.root.operation}</b>{' '}
      <b className="num">{duration(trace.durationNano)}</b>
      {trace.errorOrigin && (
        <span className={styles.error}>
          <Icon name="warning" /> {trace.errorOrigin.text}
        </span>
      )}
    </div>
  );
}
