// A part of the difference as a bar from the middle: to the right it is longer in A.
import type { CSSProperties } from 'react';
import styles from './CompareTable.module.css';

export function DifferenceBar({ nanos, widest }: { nanos: number; widest: number }) {
  const share = (nanos / widest) * 50;
  return (
    <span className={styles.axis}>
      <span
        className={share < 0 ? styles.less : styles.longer}
        style={{ '--width': `${Math.abs(share)}%` } as CSSProperties}
      />
    </span>
  );
}
