// The question as chips and text, with suggestions from the store; the time; and the button that asks.
import { useRef, useState } from 'react';
import { useOperations } from '../../api/hooks.ts';
import { type Choice, Combobox } from '../../parts/Combobox.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { addTyped, filtersOf, typedOf, without } from '../../trace/filter-text.ts';
import type { TagCount } from '../../trace/overview.ts';
import type { Question } from '../../trace/question.ts';
import { FilterChip } from './FilterChip.tsx';
import styles from './QueryBar.module.css';
import { isBeginning, suggest } from './suggest.tsx';
import { TimePicker } from '../../parts/TimePicker.tsx';

interface QueryBarProps {
  question: Question;
  services: readonly string[];
  tags: readonly TagCount[];
  live: boolean;
  filtersOpen: boolean;
  onFilters: () => void;
  onAsk: (question: Question) => void;
  onRun: () => void;
  onLive: (live: boolean) => void;
}

export function QueryBar(props: QueryBarProps) {
  const { question, services, onAsk } = props;
  const { t, count } = useText();
  const [text, setText] = useState('');
  const bar = useRef<HTMLFormElement>(null);
  const phone = useMedia(PHONE);
  const operations = useOperations(question.service);
  const filters = filtersOf(question);
  const choices: Choice[] = suggest(
    text,
    question,
    { services, operations: operations.data ?? [], tags: props.tags },
    t,
    count,
  );
  const run = () => {
    if (text.trim() === '') props.onRun();
    else onAsk(addTyped(question, text));
    setText('');
  };
  const take = (id: string) => {
    // A choice that only begins a filter is typed for the reader; a whole one is applied.
    if (isBeginning(id)) return setText(id);
    onAsk(addTyped(question, id));
    setText('');
  };
  return (
    <form
      ref={bar}
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
            onEdit={() => {
              setText(typedOf(filter));
              onAsk(without(question, filter));
              bar.current?.querySelector<HTMLInputElement>('input')?.focus();
            }}
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
        {filters.length > 0 && <b>{filters.length}</b>}
      </button>
      <button
        type="button"
        className={`button ${styles.live}`}
        aria-label={t('live.label')}
        aria-pressed={props.live}
        onClick={() => props.onLive(!props.live)}
      >
        <Icon name="live" />
        <span>{t('live.label')}</span>
      </button>
      <button type="submit" className={`button primary ${styles.run}`}>
        {t('search.run')}
      </button>
    </form>
  );
}
