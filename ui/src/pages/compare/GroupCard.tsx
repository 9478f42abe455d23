// One of the two groups: what it is made of, how many traces, how long they took.
import { Link } from 'react-router';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { formatClock, formatDate } from '../../trace/format.ts';
import { type ComparedGroup, FEW } from '../../trace/group-comparison.ts';
import { type Question, writeQuestion } from '../../trace/question.ts';
import { presetOf, resolveRange } from '../../trace/time-range.ts';
import type { TraceGroup } from '../../trace/trace-group.ts';
import styles from './ComparePage.module.css';

interface GroupCardProps {
  letter: 'A' | 'B';
  group: TraceGroup;
  facts: ComparedGroup;
  onChange: () => void;
}

export function GroupCard({ letter, group, facts, onChange }: GroupCardProps) {
  const { t, duration } = useText();
  const few = facts.traceCount < FEW;
  return (
    <section className={styles.card} aria-label={letter}>
      <b className={`${styles.letter} ${letter === 'A' ? styles.first : ''}`} aria-hidden="true">
        {letter}
      </b>
      <div className={styles.what}>
        <p>{group.kind === 'search' ? <Searched group={group} /> : t('compare.group.ids')}</p>
        <p className={styles.second}>
          <span>
            {t(facts.truncated ? 'compare.group.newest' : 'compare.group.count', {
              count: facts.traceCount,
            })}
          </span>
          {facts.failingCount > 0 && (
            <span className="badge error">
              <Icon name="warning" /> {t('compare.group.failing', { count: facts.failingCount })}
            </span>
          )}
          {facts.missing.length > 0 && (
            <span className="badge warn">
              {t('compare.group.missing', { count: facts.missing.length })}
            </span>
          )}
          {facts.slowest && (
            <Link to={`/traces/${encodeURIComponent(facts.slowest)}`}>
              {t('compare.group.slowest')}
            </Link>
          )}
        </p>
      </div>
      <p className={styles.quantiles}>
        <b className={`num ${styles.duration}`}>{duration(facts.duration?.p50Nano)}</b>
        <small className="num">
          {t('compare.group.median')}
          {facts.duration &&
            ` · ${few ? t('load.max', { duration: duration(facts.duration.p99Nano) }) : `p99 ${duration(facts.duration.p99Nano)}`}`}
        </small>
      </p>
      <button type="button" className="quiet" onClick={onChange}>
        {t('compare.change')}
        <span className="offscreen"> {letter}</span>
      </button>
    </section>
  );
}

function Searched({ group }: { group: TraceGroup & { kind: 'search' } }) {
  const { t, language } = useText();
  const now = useNow();
  const { question, outcome } = group;
  const { from, to } = resolveRange(question.range, now);
  const preset = presetOf(question.range);
  const shown: Question =
    outcome === 'all' ? question : { ...question, status: outcome === 'failing' ? 'error' : 'ok' };
  return (
    <>
      {question.service ? <ServiceName name={question.service} /> : t('search.service.any')}
      {question.operation && (
        <b className={styles.operation} lang="en" translate="no">
          {question.operation}
        </b>
      )}
      {question.tags.map((tag) => (
        <span key={tag} className="badge" lang="en" translate="no">
          {tag}
        </span>
      ))}
      {question.minDuration && (
        <span className="badge num">
          {t('search.chip.min')} {question.minDuration}
        </span>
      )}
      {question.maxDuration && (
        <span className="badge num">
          {t('search.chip.max')} {question.maxDuration}
        </span>
      )}
      {outcome !== 'all' && <span className="badge">{t(`compare.outcome.${outcome}`)}</span>}
      <Link to={`/?${writeQuestion(shown)}`} className="num">
        {preset
          ? t(`time.${preset}`)
          : `${formatDate(from, language, now)} ${formatClock(from, 'minutes')} – ${formatClock(to, 'minutes')}`}
      </Link>
    </>
  );
}
