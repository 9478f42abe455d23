// The tags of the traces found: keys with their commonest values, each to ask for or to exclude.
import { useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { useText } from '../../parts/language.tsx';
import { type FilterKind, withFilter } from '../../trace/filter-text.ts';
import type { TagCount } from '../../trace/overview.ts';
import type { Question } from '../../trace/question.ts';
import styles from './TagFacets.module.css';

const FEW = 8;

interface TagFacetsProps {
  tags: readonly TagCount[];
  question: Question;
  onAsk: (question: Question) => void;
}

export function TagFacets({ tags, question, onAsk }: TagFacetsProps) {
  const { t, count } = useText();
  const [all, setAll] = useState(false);
  const shown = all ? tags : tags.slice(0, FEW);
  return (
    <div className={styles.facets}>
      {shown.map((tag) => (
        <details key={tag.key} className={styles.tag}>
          <summary>
            <span className={styles.key} translate="no" lang="en" title={tag.key}>
              {tag.key}
            </span>
            <span className={`num ${styles.count}`}>{count(tag.count)}</span>
          </summary>
          <Values tag={tag} question={question} onAsk={onAsk} />
        </details>
      ))}
      {!all && tags.length > FEW && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          {t('common.more', { count: tags.length - FEW })}
        </button>
      )}
    </div>
  );
}

function Values({ tag, question, onAsk }: { tag: TagCount } & Omit<TagFacetsProps, 'tags'>) {
  const { t, count } = useText();
  const ask = (kind: FilterKind, value: string) => onAsk(withFilter(question, kind, value));
  return (
    <ul className={styles.values}>
      {tag.values.map((value) => {
        const whole = `${tag.key}=${value.name}`;
        return (
          <li key={value.name}>
            <button
              type="button"
              className={styles.value}
              title={whole}
              lang="en"
              translate="no"
              onClick={() => ask('tag', whole)}
            >
              {value.name || '""'}
            </button>
            <span className={`num ${styles.count}`}>{count(value.count)}</span>
            <button
              type="button"
              className={`quiet ${styles.exclude}`}
              aria-label={t('search.exclude', { name: whole })}
              title={t('search.exclude', { name: whole })}
              onClick={() => ask('notTag', whole)}
            >
              <Icon name="exclude" />
            </button>
          </li>
        );
      })}
      {tag.more && <li className={styles.more}>{t('facet.more')}</li>}
      <li className={styles.whole}>
        <button type="button" className="link" onClick={() => ask('notTag', tag.key)}>
          {t('facet.without')}
        </button>
        <button
          type="button"
          className="link"
          onClick={() => onAsk({ ...question, group: `tag:${tag.key}` })}
        >
          {t('facet.group')}
        </button>
      </li>
    </ul>
  );
}
