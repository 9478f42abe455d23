// The same question as controls: duration, service, operation, tags, limit.
import { useState } from 'react';
import { useOperations } from '../../api/hooks.ts';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { withTag } from '../../trace/filter-text.ts';
import { EMPTY_QUESTION, LIMITS, type Question, filterCount } from '../../trace/question.ts';
import { type TraceSummary, countServices } from '../../trace/summary.ts';
import { ChoiceList } from './ChoiceList.tsx';
import { DurationFields } from './DurationFields.tsx';
import styles from './FilterRail.module.css';

interface FilterRailProps {
  question: Question;
  services: readonly string[];
  traces: readonly TraceSummary[];
  open: boolean;
  onAsk: (question: Question) => void;
  onClose: () => void;
}

export function FilterRail({ question, services, traces, open, onAsk, onClose }: FilterRailProps) {
  const { t } = useText();
  const operations = useOperations(question.service);
  const [tag, setTag] = useState('');
  const addTag = () => {
    onAsk(withTag(question, tag));
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
          key={`${question.minDuration} ${question.maxDuration}`}
          question={question}
          onAsk={onAsk}
        />
      </section>
      <section>
        <h2>{t('search.service')}</h2>
        <ChoiceList
          label={t('search.service')}
          any={t('search.service.any')}
          names={services}
          counts={countServices(traces)}
          chosen={question.service}
          marked
          onChoose={(service) => onAsk({ ...question, service, operation: '' })}
        />
      </section>
      {question.service && (
        <section>
          <h2>{t('search.operation')}</h2>
          <ChoiceList
            label={t('search.operation')}
            any={t('search.operation.any')}
            names={operations.data ?? []}
            chosen={question.operation}
            onChoose={(operation) => onAsk({ ...question, operation })}
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
      {filterCount(question) > 0 && (
        <button
          type="button"
          className={`link ${styles.clear}`}
          onClick={() =>
            onAsk({
              ...EMPTY_QUESTION,
              range: question.range,
              limit: question.limit,
              sort: question.sort,
            })
          }
        >
          {t('search.clear')}
        </button>
      )}
    </aside>
  );
}
