// The same question as controls: duration, service, operation, tags, limit.
import { useState } from 'react';
import { useOperations } from '../../api/hooks.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { useText } from '../../parts/language.tsx';
import { addTyped, filtersOf, withFilter } from '../../trace/filter-text.ts';
import type { NameCount, Overview } from '../../trace/overview.ts';
import {
  DURATIONS,
  EMPTY_QUESTION,
  LIMITS,
  type Question,
  STATUSES,
} from '../../trace/question.ts';
import { ChoiceList } from './ChoiceList.tsx';
import { DurationFields } from './DurationFields.tsx';
import styles from './FilterRail.module.css';
import { SavedSearches } from './SavedSearches.tsx';
import { TagFacets } from './TagFacets.tsx';

interface FilterRailProps {
  question: Question;
  services: readonly string[];
  overview: Overview | undefined;
  /** A name for this search, should it be kept. */
  proposed: string;
  open: boolean;
  onAsk: (question: Question) => void;
  onClose: () => void;
}

export function FilterRail(props: FilterRailProps) {
  const { question, services, overview, proposed, open, onAsk, onClose } = props;
  const { t, count } = useText();
  const operations = useOperations(question.service);
  const [tag, setTag] = useState('');
  const addTag = () => {
    // A minus before it excludes, as in the query.
    onAsk(addTyped(question, tag));
    setTag('');
  };
  return (
    <aside className={`${styles.rail} ${open ? styles.open : ''}`} aria-label={t('search.filters')}>
      <button
        type="button"
        className={`quiet ${styles.close}`}
        aria-label={t('common.close')}
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
      <section>
        <h2>{t('search.duration')}</h2>
        <DurationFields
          key={DURATIONS.map((key) => question[key]).join(' ')}
          question={question}
          onAsk={onAsk}
        />
      </section>
      <section>
        <h2>{t('search.status')}</h2>
        <Segments
          label={t('search.status')}
          choices={STATUSES.map((status) => ({
            name: status,
            shown: (
              <>
                {t(`search.status.${status || 'any'}`)}{' '}
                {overview && status !== '' && (
                  <span className={`num ${styles.count}`}>
                    {count(
                      status === 'error'
                        ? overview.errorCount
                        : overview.count - overview.errorCount,
                    )}
                  </span>
                )}
              </>
            ),
          }))}
          chosen={question.status}
          onChoose={(status) => onAsk({ ...question, status })}
        />
      </section>
      <section>
        <h2>{t('search.service')}</h2>
        <ChoiceList
          label={t('search.service')}
          any={t('search.service.any')}
          names={services}
          counts={countsOf(overview?.services)}
          chosen={question.service}
          marked
          onChoose={(service) => onAsk({ ...question, service, operation: '' })}
          onExclude={(service) => onAsk(withFilter(question, 'notService', service))}
        />
      </section>
      {question.service && (
        <section>
          <h2>{t('search.operation')}</h2>
          <ChoiceList
            label={t('search.operation')}
            any={t('search.operation.any')}
            names={operations.data ?? []}
            counts={countsOf(overview?.operations)}
            chosen={question.operation}
            onChoose={(operation) => onAsk({ ...question, operation })}
            onExclude={(operation) => onAsk(withFilter(question, 'notOperation', operation))}
          />
        </section>
      )}
      <section>
        <h2>{t('search.tags')}</h2>
        <input
          className="field mono"
          aria-label={t('search.tags.add')}
          placeholder={t('search.tags.add')}
          value={tag}
          spellCheck={false}
          onChange={(event) => setTag(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && !event.nativeEvent.isComposing && addTag()}
          onBlur={() => tag.trim() && addTag()}
        />
        {overview && overview.tags.length > 0 && (
          <TagFacets tags={overview.tags} question={question} onAsk={onAsk} />
        )}
      </section>
      {overview && overview.errorOrigins.length > 0 && (
        <section>
          <h2>{t('search.origin')}</h2>
          <ul>
            {overview.errorOrigins.slice(0, 5).map(({ name, count: traces }) => (
              <li key={name} className={styles.origin}>
                <span>
                  <ServiceName name={name || null} />
                </span>
                <span className="num">{count(traces)}</span>
              </li>
            ))}
          </ul>
          <button
            type="button"
            className="link"
            onClick={() => onAsk({ ...question, group: 'error', status: 'error' })}
          >
            {t('search.origin.group')}
          </button>
        </section>
      )}
      <section>
        <h2>{t('saved.title')}</h2>
        <SavedSearches proposed={proposed} />
      </section>
      <section>
        <h2 id="limit">{t('search.limit')}</h2>
        <select
          className="field"
          aria-labelledby="limit"
          value={question.limit}
          onChange={(event) => onAsk({ ...question, limit: Number(event.target.value) })}
        >
          {[...new Set([...LIMITS, question.limit])]
            .sort((a, b) => a - b)
            .map((limit) => (
              <option key={limit} value={limit}>
                {t('search.limit.option', { count: limit })}
              </option>
            ))}
        </select>
      </section>
      {filtersOf(question).length > 0 && (
        <button
          type="button"
          className={`link ${styles.clear}`}
          onClick={() =>
            onAsk({
              ...EMPTY_QUESTION,
              range: question.range,
              limit: question.limit,
              sort: question.sort,
              group: question.group,
            })
          }
        >
          {t('search.clear')}
        </button>
      )}
    </aside>
  );
}

function countsOf(names: readonly NameCount[] | undefined): Map<string, number> | undefined {
  return names && new Map(names.map(({ name, count }) => [name, count]));
}
