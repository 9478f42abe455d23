// One filter of the question: pressed it is text again, to be changed; and the way to take it away.
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { readDuration } from '../../trace/duration-text.ts';
import type { Filter } from '../../trace/filter-text.ts';
import { DURATIONS } from '../../trace/question.ts';
import styles from './FilterChip.module.css';
import { filterWords } from './filter-words.ts';

interface FilterChipProps {
  filter: Filter;
  onEdit: () => void;
  onRemove: () => void;
}

export function FilterChip({ filter, onEdit, onRemove }: FilterChipProps) {
  const { t } = useText();
  const { label, value } = filterWords(filter, t);
  const wrong =
    DURATIONS.some((kind) => kind === filter.kind) && readDuration(filter.value) === null;
  return (
    <span
      className={`${styles.chip} ${wrong ? styles.wrong : ''} ${
        filter.kind.startsWith('not') ? styles.denied : ''
      }`}
    >
      <button
        type="button"
        className={styles.words}
        title={t(wrong ? 'search.duration.wrong' : 'search.chip.edit')}
        onClick={onEdit}
      >
        <span>{label}</span>
        <b lang="en" translate="no">
          {value}
        </b>
      </button>
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
