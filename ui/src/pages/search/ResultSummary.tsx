// How many were found, how many of them failed, how long they took, and whether all of that is counted.
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { FEW_TO_RANK, type Overview } from '../../trace/overview.ts';
import styles from './Results.module.css';
import type { SearchList } from './use-search-list.ts';

interface ResultSummaryProps {
  list: SearchList;
  /** Absent while it is counted, and where it cannot be. */
  overview: Overview | undefined;
}

export function ResultSummary({ list, overview }: ResultSummaryProps) {
  const { t, duration } = useText();
  const count = overview?.count ?? list.traces.length;
  const errors = overview?.errorCount ?? list.traces.filter((trace) => trace.errorCount > 0).length;
  const truncated = overview ? overview.truncated : list.truncated;
  const { p50, p99, max } = overview?.durations ?? { p50: null, p99: null, max: null };
  const few = count < FEW_TO_RANK;
  return (
    <div className={styles.summary}>
      <p role="status">
        <b className={styles.total}>{t('result.count', { count })}</b>
        {errors > 0 && (
          <span className={styles.errors}>
            <Icon name="warning" /> {t('result.errors', { count: errors })}
          </span>
        )}
        {max !== null && (
          <span className={`num ${styles.lengths}`}>
            {few
              ? t('result.lengths.few', { max: duration(max) })
              : t('result.lengths', { p50: duration(p50), p99: duration(p99) })}
          </span>
        )}
        <span className={styles.note}>
          {truncated ? t('result.cut', { count }) : t('result.all')}
        </span>
      </p>
      <p className={styles.legend} aria-hidden="true">
        <i className={styles.dot} /> {t('result.legend.ok')}
        <i className={styles.triangle} /> {t('result.legend.error')}
      </p>
    </div>
  );
}
