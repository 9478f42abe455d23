// One trace found: when, what, who took part, what failed where, and how long.
import type { CSSProperties } from 'react';
import { Link } from 'react-router';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceMark } from '../../parts/ServiceMark.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { formatAgo, formatClock } from '../../trace/format.ts';
import { type Standing, formatFactor, formatPercentile, isSlow } from '../../trace/peers.ts';
import { serviceClass } from '../../trace/service-colour.ts';
import { type TraceSummary, chipsOf } from '../../trace/summary.ts';
import styles from './ResultRow.module.css';

const CHIPS = 5;
/** Percent of the track. */
const SPLITTABLE = 5;

interface ResultRowProps {
  trace: TraceSummary;
  longest: number;
  now: number;
  onService: (service: string, excluded: boolean) => void;
  selected: boolean;
  onSelect: (selected: boolean) => void;
}

export function ResultRow(props: ResultRowProps) {
  const { trace, longest, now, onService, selected, onSelect } = props;
  const { t, language, duration, count } = useText();
  const chips = chipsOf(trace);
  const operation = trace.root.operation ?? t('common.unnamed');
  return (
    <li className={styles.row}>
      <div className={styles.when}>
        <input
          type="checkbox"
          className={styles.select}
          aria-label={t('compare.select', { name: operation })}
          checked={selected}
          onChange={(event) => onSelect(event.target.checked)}
        />
        <time className="num" dateTime={new Date(trace.startMillis).toISOString()}>
          {formatClock(trace.startMillis, 'seconds')}
        </time>
        <small>{formatAgo(trace.startMillis, now, language)}</small>
      </div>
      <div className={styles.what}>
        <Link className={styles.root} to={`/traces/${trace.traceId}`} data-row>
          <ServiceName name={trace.root.service} />{' '}
          <b lang="en" translate="no">
            {operation}
          </b>
          <span className="offscreen">, {duration(trace.durationNano)}</span>
        </Link>
        <div className={styles.chips}>
          {chips.slice(0, CHIPS).map((service) => (
            <button
              key={service.name}
              type="button"
              className={styles.chip}
              title={t('result.chip', { service: service.name })}
              onClick={(event) => onService(service.name, event.altKey)}
            >
              <ServiceMark name={service.name} />
              <span lang="en" translate="no">
                {service.name}
              </span>
              <span className="num">{count(service.spanCount)}</span>
            </button>
          ))}
          {chips.length > CHIPS && <span className={styles.more}>+{chips.length - CHIPS}</span>}
        </div>
      </div>
      <ErrorCell trace={trace} />
      <div className={`num ${styles.spans}`}>{count(trace.spanCount)}</div>
      <div className={styles.duration}>
        <p className={styles.total}>
          <b className="num">{duration(trace.durationNano)}</b>
          {trace.standing && <StandingText standing={trace.standing} />}
        </p>
        <ServiceBar trace={trace} longest={longest} />
      </div>
    </li>
  );
}

/** Beside the duration, and conspicuous only where it took unusually long. */
function StandingText({ standing }: { standing: Standing }) {
  const { t, language } = useText();
  const percentile = formatPercentile(standing.percentile);
  const factor = formatFactor(standing.slower, language);
  const words = t('result.standing', { percentile, factor });
  return (
    <span className={isSlow(standing) ? styles.slow : styles.usual}>
      <span className="num" aria-hidden="true">
        {percentile}
      </span>
      <span className="offscreen">{words}</span>
    </span>
  );
}

function ErrorCell({ trace }: { trace: TraceSummary }) {
  const { t } = useText();
  if (trace.errorCount === 0) {
    return (
      <div className={styles.fine}>
        <span className={styles.dash}>–</span>
        <span className={styles.words}>{t('result.error.none')}</span>
      </div>
    );
  }
  const origin = trace.errorOrigin;
  return (
    <div className={styles.error}>
      <p>
        <Icon name="warning" />
        <span>{origin?.text || t('result.error.count', { count: trace.errorCount })}</span>
      </p>
      {origin?.service && <small>{t('result.error.from', { service: origin.service })}</small>}
    </div>
  );
}

/** Split by service on the critical path; in one piece where that is not known. */
function ServiceBar({ trace, longest }: { trace: TraceSummary; longest: number }) {
  const known = trace.criticalByService.filter((part) => part.durationNano > 0);
  const parts =
    known.length > 0 ? known : [{ service: trace.root.service, durationNano: trace.durationNano }];
  const width = longest > 0 ? (trace.durationNano / longest) * 100 : 0;
  // Too short to be split, it shows whose it mostly was.
  const most = parts.reduce((one, other) => (other.durationNano > one.durationNano ? other : one));
  const shown = width < SPLITTABLE ? [most] : parts;
  return (
    <div className={styles.track} aria-hidden="true">
      <div className={styles.bar} style={{ '--width': `${Math.max(1, width)}%` } as CSSProperties}>
        {shown.map((part, index) => (
          <span
            key={index}
            className={serviceClass(part.service)}
            title={part.service ?? undefined}
            style={{ '--share': part.durationNano } as CSSProperties}
          />
        ))}
      </div>
    </div>
  );
}
