// Two traces beside each other.
import { useComparison } from '../../api/hooks.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { Banner } from '../../parts/Banner.tsx';
import { PanelGuard } from '../../parts/PanelGuard.tsx';
import { useText } from '../../parts/language.tsx';
import { CompareCards } from './CompareCards.tsx';
import { CompareTable } from './CompareTable.tsx';
import { CompareToolbar } from './CompareToolbar.tsx';
import { Waiting } from '../../parts/Waiting.tsx';
import { Headline } from './Headline.tsx';
import { TraceCard } from './TraceCard.tsx';
import type { CompareView } from './use-compare-view.ts';

interface TracesComparedProps {
  a: string;
  b: string;
  view: CompareView;
  onView: (change: Partial<CompareView>) => void;
}

export function TracesCompared({ a, b, view, onView }: TracesComparedProps) {
  const { t } = useText();
  const answer = useComparison(a, b);
  const { data } = answer;
  if (answer.error)
    return <FailedQuery error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!data) return <Waiting label="compare.loading" boxes={9} />;
  return (
    <PanelGuard>
      <CompareCards view={view} onView={onView}>
        {[
          <TraceCard key="a" letter="A" trace={data.a} onChange={() => onView({ a: null })} />,
          <TraceCard key="b" letter="B" trace={data.b} onChange={() => onView({ b: null })} />,
        ]}
      </CompareCards>
      <Headline comparison={data} />
      {data.truncated && (
        <Banner tone="warn" lead={t('load.cut.lead')} text={t('compare.cut.text')} />
      )}
      <CompareToolbar view={view} onView={onView} />
      <CompareTable comparison={data} only={view.only !== null} view={view.view ?? 'merged'} />
    </PanelGuard>
  );
}
