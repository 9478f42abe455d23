// One filter of the question, with the way to take it away.
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { readDuration } from '../../trace/duration-text.ts';
import type { Filter } from '../../trace/filter-text.ts';
import styles from './FilterChip.module.css';
import { filterWords } from './filter-words.ts';

export function FilterChip({ filter, onRemove }: { filter: Filter; onRemove: () => void }) {
  const { t } = useText();
  const { label, value } = filterWords(filter, t);
  const wrong =
    (filter.kind === 'minDuration' || filter.kind === 'maxDuration') &&
    readDuration(filter.value) === null;
  return (
    <span
      className={`${styles.chip} ${wrong ? styles.wrong : ''}`}
      title={wrong ? t('search.duration.wrong') : undefined}
    >
      <span>{label}</span>
      <b lang="en" translate="no">
        {value}
      </b>
      <button
        type="button"
        aria-label={t('common.remove', { name: `${label} ${value}` })}
        onClick={onRemove}
      >
        <Icon name="close" />
      </button>
    </span>
  );
}
