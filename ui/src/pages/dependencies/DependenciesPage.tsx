// Who calls whom, and where a trouble spreads from.
import { useMemo } from 'react';
import { useDependencies } from '../../api/hooks.ts';
import { FailedQuery } from '../FailedQuery.tsx';
import { Banner } from '../../parts/Banner.tsx';
import { PanelGuard } from '../../parts/PanelGuard.tsx';
import { Waiting } from '../../parts/Waiting.tsx';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { useRange } from '../../parts/use-range.ts';
import { useTitle } from '../../parts/use-title.ts';
import { edgeName, playedEdges, within } from '../../trace/graph.ts';
import { EdgeList } from './EdgeList.tsx';
import { EdgePanel } from './EdgePanel.tsx';
import { GraphBar } from './GraphBar.tsx';
import { GraphPicture } from './GraphPicture.tsx';
import { PlayHead, STEPS_SHOWN } from './PlayHead.tsx';
import styles from './DependenciesPage.module.css';
import { levelsOf, useGraphView } from './use-graph-view.ts';

/** More than this cannot be read at once: then a service must be chosen first. */
const MOST = 300;

export function DependenciesPage() {
  const { t } = useText();
  const phone = useMedia(PHONE);
  const [range, chooseRange] = useRange();
  const [view, change] = useGraphView();
  const answer = useDependencies(range);
  const { data } = answer;
  useTitle(t('frame.dependencies'));
  const edges = useMemo(() => {
    if (!data || view.at === null) return data?.edges ?? [];
    return playedEdges(data.edges, view.at, view.at + STEPS_SHOWN * data.stepMillis);
  }, [data, view.at]);
  const near = useMemo(() => within(data?.edges ?? [], view.focus, levelsOf(view)), [data, view]);
  const searched =
    data && view.at !== null
      ? { from: view.at, to: view.at + STEPS_SHOWN * data.stepMillis }
      : data?.searched;
  const shape = view.view ?? (phone ? 'list' : 'graph');
  const selected = edges.find((edge) => edgeName(edge) === view.edge) ?? null;
  const many = (data?.services.length ?? 0) > MOST && view.focus === null && shape === 'graph';
  return (
    <div className={styles.page}>
      <h1 className="offscreen">{t('frame.dependencies')}</h1>
      <GraphBar
        services={data?.services ?? []}
        view={view}
        shape={shape}
        range={range}
        onRange={(next) => {
          change({ at: null });
          chooseRange(next);
        }}
        onView={change}
      />
      {answer.error && <FailedQuery error={answer.error} onRetry={() => void answer.refetch()} />}
      {data?.truncated && (
        <Banner tone="warn" lead={t('load.cut.lead')} text={t('load.cut.text')} />
      )}
      {!data && !answer.error && <Waiting label="services.loading" boxes={10} />}
      {data && data.edges.length === 0 && (
        <p className={styles.empty} role="status">
          <b>{t('graph.none')}</b> {t('services.none.text')}
        </p>
      )}
      {many && data && (
        <p className={styles.empty} role="status">
          <b>{t('graph.many', { count: data.services.length })}</b> {t('graph.many.text')}
        </p>
      )}
      {data && searched && data.edges.length > 0 && !many && (
        <div className={styles.work}>
          <div className={styles.main}>
            <PanelGuard key={shape}>
              {shape === 'graph' ? (
                <GraphPicture
                  answer={data}
                  edges={edges}
                  searched={searched}
                  near={near}
                  view={view}
                  onView={change}
                />
              ) : (
                <EdgeList
                  edges={edges}
                  services={data.services}
                  searched={searched}
                  near={near}
                  view={view}
                  onView={change}
                />
              )}
            </PanelGuard>
            <PlayHead answer={data} view={view} selected={view.edge} onView={change} />
          </div>
          {selected && (
            <EdgePanel
              edge={selected}
              edges={edges}
              searched={searched}
              range={range}
              onClose={() => change({ edge: null })}
            />
          )}
        </div>
      )}
    </div>
  );
}
