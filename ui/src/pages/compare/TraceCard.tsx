// One of the two traces: what it is, when it was, how long it took.
import { Link } from 'react-router';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import type { ComparedTrace } from '../../trace/comparison.ts';
import { formatClock, formatDate } from '../../trace/format.ts';
import styles from './ComparePage.module.css';

interface TraceCardProps {
  letter: 'A' | 'B';
  trace: ComparedTrace;
  onChange: () => void;
}

export function TraceCard({ letter, trace, onChange }: TraceCardProps) {
  const { t, language, duration } = useText();
  const now = useNow();
  return (
    <section className={styles.card} aria-label={letter}>
      <b className={`${styles.letter} ${letter === 'A' ? styles.first : ''}`} aria-hidden="true">
        {letter}
      </b>
      <div className={styles.what}>
        <p>
          <ServiceName name={trace.root.service} />{' '}
          <Link
            to={`/traces/${encodeURIComponent(trace.traceId)}`}
            className={styles.operation}
            lang="en"
            translate="no"
          >
            {trace.root.operation ?? t('common.unnamed')}
          </Link>
          {trace.errorCount > 0 && (
            <span className="badge error">
              <Icon name="warning" /> {t('trace.errors', { count: trace.errorCount })}
            </span>
          )}
        </p>
        <p className={styles.second}>
          {trace.startMillis !== null && (
            <span className="num">
              {formatClock(trace.startMillis, 'seconds')} ·{' '}
              {formatDate(trace.startMillis, language, now)}
            </span>
          )}
          <span className="mono" translate="no">
            {trace.traceId.slice(0, 8)}…{trace.traceId.slice(-7)}
          </span>
          <span>{t('compare.spans', { count: trace.spanCount })}</span>
        </p>
      </div>
      <b className={`num ${styles.duration}`}>{duration(trace.durationNano)}</b>
      <button type="button" className="quiet" onClick={onChange}>
        {t('compare.change')}
        <span className="offscreen"> {letter}</span>
      </button>
    </section>
  );
}
