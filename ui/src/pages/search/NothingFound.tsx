// Nothing matched: says what was searched, and offers wider questions.
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { filtersOf, without } from '../../trace/filter-text.ts';
import { formatClock, formatDate } from '../../trace/format.ts';
import type { Question } from '../../trace/question.ts';
import { filterWords } from './filter-words.ts';
import styles from './NothingFound.module.css';

interface NothingFoundProps {
  question: Question;
  searched: { from: number; to: number };
  onAsk: (question: Question) => void;
}

export function NothingFound({ question, searched, onAsk }: NothingFoundProps) {
  const { t, language } = useText();
  const filters = filtersOf(question);
  const now = useNow();
  const moment = (millis: number) =>
    `${formatDate(millis, language, now)} ${formatClock(millis, 'seconds')}`;
  const width = searched.to - searched.from;
  const wider = (
    [
      ['-24h', 'result.none.longer', 86_400_000],
      ['-7d', 'result.none.longest', 7 * 86_400_000],
    ] as const
  ).filter(([, , millis]) => width < millis * 0.99);
  return (
    <section className={styles.none} role="status">
      <h2>
        {filters.length > 0
          ? t('result.none.lead', { count: filters.length })
          : t('result.none.plain')}
      </h2>
      <p>{t('result.none.searched', { from: moment(searched.from), to: moment(searched.to) })}</p>
      <ul>
        {filters.map((filter) => {
          const { label, value } = filterWords(filter, t);
          return (
            <li key={filter.kind + filter.value}>
              <button
                type="button"
                className="link"
                onClick={() => onAsk(without(question, filter))}
              >
                {t('result.none.without', { filter: `${label} ${value}` })}
              </button>
            </li>
          );
        })}
        {wider.map(([from, words]) => (
          <li key={from}>
            <button
              type="button"
              className="link"
              onClick={() => onAsk({ ...question, range: { from, to: 'now' } })}
            >
              {t(words)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
