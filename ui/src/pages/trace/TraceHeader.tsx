// The trace in two lines: what it was, how long it took, and how much of it there is.
import { Link } from 'react-router';
import { addressOf } from '../../api/http.ts';
import { Banner } from '../../parts/Banner.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { Emphasis, useText } from '../../parts/language.tsx';
import { useCopy } from '../../parts/use-copy.ts';
import { useNow } from '../../parts/use-now.ts';
import {
  formatAgo,
  formatClock,
  formatDate,
  formatSigned,
  formatZone,
} from '../../trace/format.ts';
import { type Trace, maxDepth } from '../../trace/trace.ts';
import type { TraceView } from '../../trace/trace-view.ts';
import { linkTo } from './link-to.ts';
import styles from './TraceHeader.module.css';
import type { ChangeView } from './use-trace-view.ts';

interface TraceHeaderProps {
  trace: Trace;
  view: TraceView;
  onView: ChangeView;
}

export function TraceHeader({ trace, view, onView }: TraceHeaderProps) {
  const { t, duration } = useText();
  const copy = useCopy();
  const operation = trace.root.operation ?? t('common.unnamed');
  const service = trace.root.service ?? t('common.unknown.service');
  return (
    <header className={styles.header}>
      <div className={styles.first}>
        <Link to="/" className={styles.back}>
          <Icon name="left" /> <span>{t('trace.back')}</span>
        </Link>
        <h1
          className={styles.title}
          aria-label={t('trace.heading', {
            operation,
            service,
            duration: duration(trace.durationNano),
          })}
        >
          <ServiceName name={trace.root.service} />{' '}
          <b lang="en" translate="no">
            {operation}
          </b>
        </h1>
        <Errors trace={trace} place={styles.desktop} />
        <div className={styles.actions}>
          <code className={styles.id} translate="no">
            {trace.id}
          </code>
          <button
            type="button"
            className="quiet"
            aria-label={t('trace.copy.id')}
            title={t('trace.copy.id')}
            onClick={() => copy(trace.id, 'trace.id.copied')}
          >
            <Icon name="copy" />
          </button>
          <a
            className="button"
            href={addressOf(`api/v2/trace/${encodeURIComponent(trace.id)}`)}
            download={`${trace.id}.zipkin.json`}
          >
            <Icon name="download" /> <span>{t('trace.download')}</span>
          </a>
          <button
            type="button"
            className="button"
            onClick={() => copy(linkTo(trace, null), 'trace.link.copied')}
          >
            <Icon name="link" /> <span>{t('trace.copy.link')}</span>
          </button>
        </div>
      </div>
      <Facts trace={trace} />
      <Skew trace={trace} view={view} onView={onView} />
      {trace.truncated && (
        <Banner
          tone="warn"
          lead={t('trace.truncated.lead')}
          text={t('trace.truncated.text', { count: trace.spanTimes.start.length })}
        />
      )}
    </header>
  );
}

/** Beside the name where there is room, else beside the duration. */
function Errors({ trace, place }: { trace: Trace; place: string | undefined }) {
  const { t } = useText();
  if (trace.errorCount === 0) return null;
  return (
    <span className={`badge error ${place}`}>
      <Icon name="warning" /> {t('trace.errors', { count: trace.errorCount })}
    </span>
  );
}

function Facts({ trace }: { trace: Trace }) {
  const { t, language, duration } = useText();
  const now = useNow();
  return (
    <div className={styles.facts}>
      <strong className={`num ${styles.duration}`}>{duration(trace.durationNano)}</strong>
      <Errors trace={trace} place={styles.phone} />
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
    </div>
  );
}

function Skew({ trace, view, onView }: TraceHeaderProps) {
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
