// The key to the drawing, what is hidden, and in the table the sum one can check.
import { useMemo } from 'react';
import { useText } from '../../parts/language.tsx';
import type { Rows } from '../../trace/rows.ts';
import type { Trace } from '../../trace/trace.ts';
import type { TraceView } from '../../trace/trace-view.ts';
import { LegendKey } from './LegendKey.tsx';
import styles from './TracePage.module.css';

interface TraceFooterProps {
  trace: Trace;
  rows: Rows;
  view: TraceView;
  shortened: boolean;
  onAll: () => void;
}

export function TraceFooter({ trace, rows, view, shortened, onAll }: TraceFooterProps) {
  const { t, duration } = useText();
  const tree = view.view === 'tree';
  const all = trace.hops.count;
  const shown = all - rows.hiddenByFilter;
  const parts = tree ? PARTS : [...PARTS, 'path' as const];
  const sum = useMemo(
    () => (tree ? trace.hops.critical.reduce((whole, part) => whole + (part || 0), 0) : 0),
    [tree, trace],
  );
  return (
    <footer className={styles.legend}>
      {rows.hiddenByFilter > 0 && (
        <span className={styles.shown} role="status">
          {t(shortened ? 'trace.shown.path' : 'trace.shown', { count: shown, all })}
          <button type="button" className="link" onClick={onAll}>
            {t('trace.show.all')}
          </button>
        </span>
      )}
      {parts.map((part) => (
        <span key={part} className={styles.keyed}>
          <LegendKey part={part} /> {t(`legend.${part}`)}
        </span>
      ))}
      {tree && <span className={styles.sum}>{t('tree.sum', { duration: duration(sum) })}</span>}
    </footer>
  );
}

const PARTS = ['self', 'below', 'network', 'unknown'] as const;
