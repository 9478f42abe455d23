// The matches of a lookup, best first, each saying which key matched.
import { Icon } from '../../parts/Icon.tsx';
import { ServiceMark } from '../../parts/ServiceMark.tsx';
import { useText } from '../../parts/language.tsx';
import { formatClock } from '../../trace/format.ts';
import type { LookupMatch } from '../../trace/lookup.ts';
import styles from './LookupPalette.module.css';

interface LookupMatchesProps {
  matches: readonly LookupMatch[];
  active: number;
  onPoint: (index: number) => void;
  onOpen: (index: number) => void;
}

export function LookupMatches({ matches, active, onPoint, onOpen }: LookupMatchesProps) {
  const { t, duration } = useText();
  return (
    <div
      id="lookup-matches"
      role="listbox"
      aria-label={t('lookup.matches')}
      className={styles.matches}
    >
      {matches.map((match, index) => (
        <div
          key={`${match.traceId} ${match.spanId} ${match.key}`}
          id={`match-${index}`}
          role="option"
          aria-selected={index === active}
          className={styles.match}
          onPointerMove={() => index !== active && onPoint(index)}
          onClick={() => onOpen(index)}
        >
          <ServiceMark name={match.service} />
          <div className={styles.words}>
            <p>
              <span lang="en" translate="no">
                {match.service ?? t('common.unknown.service')}
              </span>{' '}
              <b lang="en" translate="no">
                {match.operation ?? t('common.unnamed')}
              </b>
              {match.error && (
                <span className="badge error">
                  <Icon name="warning" /> {t('tree.error')}
                </span>
              )}
            </p>
            <p className={styles.second} translate="no">
              {match.key && <code>{match.key}</code>}
              {match.spanId
                ? t('lookup.span', { id: match.spanId })
                : t('lookup.trace', { id: match.traceId })}
            </p>
          </div>
          {match.readAs && <span className="badge">{match.readAs}</span>}
          <span className={`num ${styles.time}`}>
            {match.startMillis !== null && formatClock(match.startMillis, 'seconds')}
          </span>
          <b className={`num ${styles.total}`}>{duration(match.durationNano)}</b>
        </div>
      ))}
    </div>
  );
}
