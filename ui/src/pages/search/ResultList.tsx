// The traces, each a row; under heads where they are grouped; and the way to more of them.
import { useText } from '../../parts/language.tsx';
import { useNow } from '../../parts/use-now.ts';
import { withFilter } from '../../trace/filter-text.ts';
import { type Overview, intoGroups } from '../../trace/overview.ts';
import type { Question } from '../../trace/question.ts';
import type { TraceSummary } from '../../trace/summary.ts';
import { GroupHead } from './GroupHead.tsx';
import { ResultRow } from './ResultRow.tsx';
import styles from './Results.module.css';
import type { SearchList } from './use-search-list.ts';

interface ResultListProps {
  /** In the order of the list. */
  traces: readonly TraceSummary[];
  list: SearchList;
  overview: Overview | undefined;
  selected: readonly string[];
  onSelect: (id: string, selected: boolean) => void;
  question: Question;
  onAsk: (question: Question) => void;
}

export function ResultList(props: ResultListProps) {
  const { traces, list, overview, selected, onSelect, question, onAsk } = props;
  const { t } = useText();
  const now = useNow();
  const longest = traces.reduce((most, trace) => Math.max(most, trace.durationNano), 0);
  const rows = (some: readonly TraceSummary[]) =>
    some.map((trace) => (
      <ResultRow
        key={trace.traceId}
        trace={trace}
        longest={longest}
        now={now}
        selected={selected.includes(trace.traceId)}
        onSelect={(chosen) => onSelect(trace.traceId, chosen)}
        onService={(service, excluded) =>
          onAsk(withFilter(question, excluded ? 'notService' : 'service', service))
        }
      />
    ));
  const groups = question.group && overview ? overview.groups : [];
  const { grouped, rest } = intoGroups(traces, groups);
  const leftOut = groups.length > 0 ? (overview?.groupsLeftOut ?? 0) : 0;
  return (
    <>
      <div className={styles.heads} aria-hidden="true">
        <span>{t('result.started')}</span>
        <span>{t('result.root')}</span>
        <span>{t('result.error')}</span>
        <span className={styles.right}>{t('result.spans')}</span>
        <span>{t('result.duration')}</span>
      </div>
      {grouped.map(({ group, traces: inGroup }, index) => (
        <section key={index} aria-labelledby={`group${index}`}>
          <GroupHead
            id={`group${index}`}
            group={group}
            by={question.group}
            listed={inGroup.length}
          />
          {inGroup.length > 0 && (
            <ul className={styles.list} aria-labelledby={`group${index}`}>
              {rows(inGroup)}
            </ul>
          )}
        </section>
      ))}
      {groups.length > 0 && rest.length > 0 && (
        <h2 className={styles.rest}>{t('group.rest', { count: rest.length })}</h2>
      )}
      {rest.length > 0 && (
        <ul className={styles.list} aria-label={t('result.list')}>
          {rows(rest)}
        </ul>
      )}
      {leftOut > 0 && <p className={styles.foot}>{t('group.left', { count: leftOut })}</p>}
      <div className={styles.foot}>
        {list.more ? (
          <button
            type="button"
            className="button"
            disabled={list.isLoadingMore}
            onClick={list.more}
          >
            {t(list.isLoadingMore ? 'result.more.loading' : 'result.more')}
          </button>
        ) : (
          t(list.truncated ? 'result.end.cut' : 'result.end')
        )}
      </div>
    </>
  );
}
