// Nothing matched: says what was searched, and offers wider questions.
import { useCounts } from '../../api/hooks.ts';
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
  const offers = [
    ...filters.map((filter) => {
      const { label, value } = filterWords(filter, t);
      return {
        words: t('result.none.without', { filter: `${label} ${value}` }),
        question: without(question, filter),
      };
    }),
    ...wider.map(([from, words]) => ({
      words: t(words),
      question: { ...question, range: { from, to: 'now' } },
    })),
  ];
  const counts = useCounts(offers.map((offer) => offer.question));
  return (
    <section className={styles.none} role="status">
      <h2>
        {filters.length > 0
          ? t('result.none.lead', { count: filters.length })
          : t('result.none.plain')}
      </h2>
      <p>{t('result.none.searched', { from: moment(searched.from), to: moment(searched.to) })}</p>
      <ul>
        {offers.map((offer, index) => {
          const found = counts[index]?.data;
          return (
            <li key={offer.words}>
              <button type="button" className="link" onClick={() => onAsk(offer.question)}>
                {offer.words}
              </button>
              {found && (
                <span className="num">
                  {': '}
                  {t(found.truncated ? 'result.none.least' : 'result.none.count', {
                    count: found.count,
                  })}
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
