// The second line of the header: duration, when, how much, whether complete, and what was corrected.
import { Icon } from '../../parts/Icon.tsx';
import { Emphasis, useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import {
  formatAgo,
  formatClock,
  formatDate,
  formatSigned,
  formatZone,
} from '../../trace/format.ts';
import { formatFactor, formatPercentile, isUnusual } from '../../trace/peers.ts';
import { type Trace, maxDepth } from '../../trace/trace.ts';
import type { TraceView } from '../../trace/trace-view.ts';
import { AcrossNotes } from './AcrossNotes.tsx';
import { ErrorBadge } from './ErrorBadge.tsx';
import styles from './TraceHeader.module.css';
import type { ChangeView } from './use-trace-view.ts';

interface TraceFactsProps {
  trace: Trace;
  view: TraceView;
  onView: ChangeView;
}

export function TraceFacts({ trace, view, onView }: TraceFactsProps) {
  const { t, language, duration } = useText();
  const now = useNow();
  const peers = trace.hops.records[0]?.peers ?? null;
  return (
    <div className={styles.facts}>
      <strong className={`num ${styles.duration}`}>{duration(trace.durationNano)}</strong>
      {isUnusual(peers) && (
        <b className={`num ${styles.unusual}`}>
          {t('trace.usual', {
            percentile: formatPercentile(peers.percentile),
            factor: formatFactor(peers.slower, language),
            median: duration(peers.p50Nano),
          })}
        </b>
      )}
      <ErrorBadge trace={trace} place={styles.phone} />
      <time dateTime={new Date(trace.startMillis).toISOString()} className="num">
        {formatClock(trace.startMillis, 'millis')} {formatZone(trace.startMillis)}{' '}
        <span className={styles.date}>
          {formatDate(trace.startMillis, language, now)} ·{' '}
          {formatAgo(trace.startMillis, now, language)}
        </span>
      </time>
      <span>
        <Emphasis text={t('trace.spans', { count: trace.spanCount })} />
      </span>
      <span className={styles.extra}>
        <Emphasis text={t('trace.hops', { count: trace.hops.count })} />
      </span>
      <span>
        <Emphasis text={t('trace.services', { count: trace.services.length })} />
      </span>
      <span className={styles.extra}>
        <Emphasis text={t('trace.depth', { count: maxDepth(trace.hops) })} />
      </span>
      {trace.complete ? (
        <span className={styles.complete}>
          <Icon name="check" /> {t('trace.complete')}
        </span>
      ) : (
        <span className="badge warn" title={t('trace.incomplete.why')}>
          <Icon name="warning" />
          {trace.missingParents > 0
            ? t('trace.incomplete', { count: trace.missingParents })
            : t('trace.incomplete.plain')}
        </span>
      )}
      <AcrossNotes trace={trace} />
      <Skew trace={trace} view={view} onView={onView} />
    </div>
  );
}

function Skew({ trace, view, onView }: TraceFactsProps) {
  const { t, language } = useText();
  if (trace.clockSkew.length === 0 && view.skew === 'corrected') return null;
  const [first, ...others] = trace.clockSkew.map(
    (skew) => `${skew.service ?? skew.host ?? ''} ${formatSigned(skew.offsetNano, language)}`,
  );
  const words =
    first &&
    (others.length > 0 ? t('trace.skew.more', { service: first, count: others.length }) : first);
  const raw = view.skew === 'raw';
  return (
    <p className={styles.skew}>
      {raw || !words ? t('trace.skew.raw') : t('trace.skew', { services: words })}{' '}
      <button
        type="button"
        className="link"
        onClick={() => onView({ skew: raw ? 'corrected' : 'raw' })}
      >
        {t(raw ? 'trace.skew.show.corrected' : 'trace.skew.show.raw')}
      </button>
    </p>
  );
}
