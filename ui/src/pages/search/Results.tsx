// The answer: how much was found, the chart, and the list.
import { useState } from 'react';
import { Link } from 'react-router';
import { Banner } from '../../parts/Banner.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { type Question, SORTS } from '../../trace/question.ts';
import { type SearchAnswer, sortTraces } from '../../trace/summary.ts';
import { NothingFound } from './NothingFound.tsx';
import { ResultRow } from './ResultRow.tsx';
import { ResultSkeleton } from './ResultSkeleton.tsx';
import styles from './Results.module.css';
import { Scatter } from './Scatter.tsx';
import { useRowKeys } from './use-row-keys.ts';

interface ResultsProps {
  answer: SearchAnswer | undefined;
  failed: boolean;
  question: Question;
  onAsk: (question: Question) => void;
}

export function Results({ answer, failed, question, onAsk }: ResultsProps) {
  const { t, count } = useText();
  const now = useNow();
  const [selected, setSelected] = useState<readonly string[]>([]);
  useRowKeys();
  if (!answer) return failed ? null : <ResultSkeleton />;
  const { traces, truncated } = answer;
  if (traces.length === 0)
    return <NothingFound question={question} searched={answer.searched} onAsk={onAsk} />;
  const sorted = sortTraces(traces, question.sort);
  const errors = traces.filter((trace) => trace.errorCount > 0).length;
  const longest = traces.reduce((most, trace) => Math.max(most, trace.durationNano), 0);
  return (
    <>
      <div className={styles.summary}>
        <p role="status">
          <b className={styles.total}>{t('result.count', { count: traces.length })}</b>
          {errors > 0 && (
            <span className={styles.errors}>
              <Icon name="warning" /> {t('result.errors', { count: errors })}
            </span>
          )}
          <span className={styles.note}>
            {truncated ? t('result.cut', { count: traces.length }) : t('result.all')}
          </span>
        </p>
        <p className={styles.legend} aria-hidden="true">
          <i className={styles.dot} /> {t('result.legend.ok')}
          <i className={styles.triangle} /> {t('result.legend.error')}
        </p>
      </div>
      {truncated && (
        <Banner
          tone="warn"
          lead={t('result.cut.lead', { count: traces.length })}
          text={t('result.cut.text')}
        />
      )}
      <Scatter
        traces={traces}
        searched={answer.searched}
        onFilter={(chosen) => onAsk({ ...question, ...chosen })}
      />
      <div className={styles.toolbar}>
        <b className="num">{count(traces.length)}</b>
        <label>
          {t('result.sort')}{' '}
          <select
            value={question.sort}
            onChange={(event) => {
              const sort = SORTS.find((sort) => sort === event.target.value);
              if (sort) onAsk({ ...question, sort });
            }}
          >
            {SORTS.map((sort) => (
              <option key={sort} value={sort}>
                {t(`result.sort.${sort}`)}
              </option>
            ))}
          </select>
        </label>
        {selected.length === 2 && (
          <Link
            className={`button ${styles.compare}`}
            to={`/compare?${new URLSearchParams({ a: selected[0] ?? '', b: selected[1] ?? '' })}`}
          >
            {t('compare.selected', { count: selected.length })}
          </Link>
        )}
      </div>
      <div className={styles.heads} aria-hidden="true">
        <span>{t('result.started')}</span>
        <span>{t('result.root')}</span>
        <span>{t('result.error')}</span>
        <span className={styles.right}>{t('result.spans')}</span>
        <span>{t('result.duration')}</span>
      </div>
      <ul className={styles.list} aria-label={t('result.list')}>
        {sorted.map((trace) => (
          <ResultRow
            key={trace.traceId}
            trace={trace}
            longest={longest}
            now={now}
            selected={selected.includes(trace.traceId)}
            onSelect={(chosen) =>
              // The third takes the place of the first: two can be compared.
              setSelected((before) =>
                [
                  ...before.filter((id) => id !== trace.traceId),
                  ...(chosen ? [trace.traceId] : []),
                ].slice(-2),
              )
            }
            onService={(service) => onAsk({ ...question, service, operation: '' })}
          />
        ))}
      </ul>
    </>
  );
}
