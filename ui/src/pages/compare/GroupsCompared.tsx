// Two groups of traces beside each other.
import { useGroupComparison } from '../../api/compare-hooks.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { Banner } from '../../parts/Banner.tsx';
import { PanelGuard } from '../../parts/PanelGuard.tsx';
import { useText } from '../../parts/language.tsx';
import type { TraceGroup } from '../../trace/trace-group.ts';
import { CompareCards } from './CompareCards.tsx';
import styles from './ComparePage.module.css';
import { CompareToolbar } from './CompareToolbar.tsx';
import { Waiting } from '../../parts/Waiting.tsx';
import { GroupCard } from './GroupCard.tsx';
import { GroupHeadline } from './GroupHeadline.tsx';
import { GroupTable } from './GroupTable.tsx';
import type { CompareView } from './use-compare-view.ts';

interface GroupsComparedProps {
  a: TraceGroup;
  b: TraceGroup;
  view: CompareView;
  onView: (change: Partial<CompareView>) => void;
}

export function GroupsCompared({ a, b, view, onView }: GroupsComparedProps) {
  const { t } = useText();
  const answer = useGroupComparison(a, b);
  const { data } = answer;
  const edit = () => onView({ edit: '1' });
  if (answer.error)
    return (
      <>
        <FailedQuery error={answer.error} onRetry={() => void answer.refetch()} />
        <p className={styles.toolbar}>
          <button type="button" className="button" onClick={edit}>
            {t('compare.groups.edit')}
          </button>
        </p>
      </>
    );
  if (!data) return <Waiting label="compare.loading" boxes={9} />;
  const few = data.change === 'few';
  return (
    <PanelGuard>
      <CompareCards view={view} onView={onView}>
        {[
          <GroupCard key="a" letter="A" group={a} facts={data.a} onChange={edit} />,
          <GroupCard key="b" letter="B" group={b} facts={data.b} onChange={edit} />,
        ]}
      </CompareCards>
      <GroupHeadline comparison={data} />
      {few && <Banner tone="warn" lead={t('compare.few.lead')} text={t('compare.few.text')} />}
      {data.truncated && (
        <Banner tone="warn" lead={t('load.cut.lead')} text={t('compare.groups.cut')} />
      )}
      <CompareToolbar view={view} onView={onView} />
      <GroupTable comparison={data} only={view.only !== null} view={view.view ?? 'merged'} />
    </PanelGuard>
  );
}
