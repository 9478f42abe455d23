// Traces that show the service at its slowest, or failing.
import { Link } from 'react-router';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { writeDuration } from '../../trace/duration-text.ts';
import { formatClock } from '../../trace/format.ts';
import { type ServiceAnswer, examplesOf } from '../../trace/load.ts';
import { EMPTY_QUESTION, writeQuestion } from '../../trace/question.ts';
import type { TimeRange } from '../../trace/time-range.ts';
import styles from './ServicePage.module.css';

interface ExampleListProps {
  which: 'slow' | 'failing';
  answer: ServiceAnswer;
  name: string;
  range: TimeRange;
}

export function ExampleList({ which, answer, name, range }: ExampleListProps) {
  const { t, duration } = useText();
  const examples = examplesOf(
    answer.operations.map(({ operation, exemplars }) => ({
      exemplars: exemplars.map((one) => ({ ...one, operation })),
    })),
    which,
  );
  const { p99 } = answer.service;
  const wider =
    which === 'failing'
      ? { ...EMPTY_QUESTION, service: name, range, tags: ['error'] }
      : {
          ...EMPTY_QUESTION,
          service: name,
          range,
          minDuration: p99 === null ? '' : writeDuration(p99),
        };
  return (
    <section className={styles.card}>
      <h2>
        {t(`service.examples.${which}`)}
        <Link to={`/?${writeQuestion(wider)}`}>{t(`service.examples.${which}.all`)}</Link>
      </h2>
      {examples.length === 0 && (
        <p className={styles.none}>{t(`service.examples.${which}.none`)}</p>
      )}
      <ul>
        {examples.map((one) => (
          <li key={one.traceId} className={styles.example}>
            <span className={`num ${styles.time}`}>
              {one.startMillis !== null && formatClock(one.startMillis, 'seconds')}
            </span>
            <Link to={`/traces/${encodeURIComponent(one.traceId)}`} lang="en" translate="no">
              {one.operation ?? one.traceId}
            </Link>
            {one.error && (
              <span className="badge error">
                <Icon name="warning" /> {t('tree.error')}
              </span>
            )}
            <b className="num">{duration(one.durationNano)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}
