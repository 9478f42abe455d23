// Above the list: how it is sorted and grouped, what is selected to compare, and the list as a file.
import { useText } from '../../parts/language.tsx';
import type { TagCount } from '../../trace/overview.ts';
import { type Question, SORTS } from '../../trace/question.ts';
import type { TraceSummary } from '../../trace/summary.ts';
import { CompareSelected } from './CompareSelected.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import styles from './Results.module.css';

const GROUPS = ['service', 'operation', 'error'] as const;
/** Tags that are offered to group by. */
const TAGS_MAX = 30;

interface ResultToolbarProps {
  traces: readonly TraceSummary[];
  tags: readonly TagCount[];
  selected: readonly string[];
  question: Question;
  onAsk: (question: Question) => void;
}

export function ResultToolbar(props: ResultToolbarProps) {
  const { traces, tags, selected, question, onAsk } = props;
  const { t } = useText();
  const keys = tags.slice(0, TAGS_MAX).map((tag) => tag.key);
  const chosen = question.group.startsWith('tag:') ? question.group.slice(4) : '';
  if (chosen && !keys.includes(chosen)) keys.push(chosen);
  return (
    <div className={styles.toolbar}>
      <b className="num">{t('result.listed', { count: traces.length })}</b>
      <label>
        {t('result.sort')}{' '}
        <select
          value={question.sort}
          onChange={(event) => {
            const sort = SORTS.find((sort) => sort === event.target.value);
            if (sort) onAsk({ ...question, sort });
          }}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t(`result.sort.${sort}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t('group.label')}{' '}
        <select
          value={question.group}
          onChange={(event) => onAsk({ ...question, group: event.target.value })}
        >
          <option value="">{t('group.none')}</option>
          {GROUPS.map((group) => (
            <option key={group} value={group}>
              {t(`group.by.${group}`)}
            </option>
          ))}
          {keys.length > 0 && (
            <optgroup label={t('search.tags')}>
              {keys.map((key) => (
                <option key={key} value={`tag:${key}`} lang="en">
                  {key}
                </option>
              ))}
            </optgroup>
          )}
        </select>
      </label>
      <span className={styles.end}>
        <CompareSelected traces={inOrder(selected, traces)} />
        <ExportMenu traces={traces} />
      </span>
    </div>
  );
}

/** The selected in the order in which they were; what is no longer listed is not selected. */
function inOrder(ids: readonly string[], traces: readonly TraceSummary[]): TraceSummary[] {
  return ids.flatMap((id) => traces.find((trace) => trace.traceId === id) ?? []);
}
