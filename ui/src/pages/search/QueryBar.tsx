// The question as chips and text, with suggestions from the store; the time; and the button that asks.
import { useState } from 'react';
import { useOperations } from '../../api/hooks.ts';
import { type Choice, Combobox } from '../../parts/Combobox.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { addTyped, filtersOf, without } from '../../trace/filter-text.ts';
import type { Question } from '../../trace/question.ts';
import { FilterChip } from './FilterChip.tsx';
import styles from './QueryBar.module.css';
import { suggest } from './suggest.tsx';
import { TimePicker } from '../../parts/TimePicker.tsx';

interface QueryBarProps {
  question: Question;
  services: readonly string[];
  filters: number;
  filtersOpen: boolean;
  onFilters: () => void;
  onAsk: (question: Question) => void;
  onRun: () => void;
}

export function QueryBar(props: QueryBarProps) {
  const { question, services, onAsk } = props;
  const { t } = useText();
  const [text, setText] = useState('');
  const phone = useMedia(PHONE);
  const operations = useOperations(question.service);
  const filters = filtersOf(question);
  const choices: Choice[] = suggest(text, question, services, operations.data ?? [], t);
  const run = () => {
    if (text.trim() === '') props.onRun();
    else onAsk(addTyped(question, text));
    setText('');
  };
  const take = (id: string) => {
    // A choice that only begins a filter is typed for the reader; a whole one is applied.
    if (/^(service:|operation:|duration[<>])$/.test(id)) return setText(id);
    onAsk(addTyped(question, id));
    setText('');
  };
  return (
    <form
      className={styles.bar}
      role="search"
      aria-label={t('search.query')}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <div className={styles.query}>
        <Icon name="search" />
        {filters.map((filter) => (
          <FilterChip
            key={filter.kind + filter.value}
            filter={filter}
            onRemove={() => onAsk(without(question, filter))}
          />
        ))}
        <Combobox
          label={t('search.query')}
          className={styles.input ?? ''}
          pageField
          text={text}
          choices={choices}
          placeholder={t(phone ? 'search.placeholder.short' : 'search.placeholder')}
          onText={setText}
          onTake={take}
          onEnter={run}
          onBackspaceAtStart={() => {
            const last = filters.at(-1);
            if (last) onAsk(without(question, last));
          }}
          footer={
            <p className={styles.help}>
              <kbd>↑</kbd> <kbd>↓</kbd> {t('search.suggest.choose')} <kbd>Tab</kbd>{' '}
              {t('search.suggest.take')} <kbd>Enter</kbd> {t('search.run')} <kbd>Esc</kbd>{' '}
              {t('search.suggest.close')}
            </p>
          }
        />
      </div>
      <TimePicker range={question.range} onChoose={(range) => onAsk({ ...question, range })} />
      <button
        type="button"
        className={`button ${styles.filters}`}
        aria-expanded={props.filtersOpen}
        onClick={props.onFilters}
      >
        <Icon name="filter" />
        {t('search.filters')}
        {props.filters > 0 && <b>{props.filters}</b>}
      </button>
      <button type="submit" className={`button primary ${styles.run}`}>
        {t('search.run')}
      </button>
    </form>
  );
}
