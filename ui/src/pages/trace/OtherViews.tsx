// The views that are fetched only when somebody looks at them.
import { Suspense, lazy } from 'react';
import { useText } from '../../parts/language.tsx';
import type { Trace } from '../../trace/trace.ts';
import type { TraceViewName } from '../../trace/trace-view.ts';
import type { Zoom } from '../../trace/scale.ts';
import styles from './TracePage.module.css';
import type { ChangeView } from './use-trace-view.ts';

export interface OtherViewProps {
  trace: Trace;
  zoom: Zoom;
  active: number;
  services: readonly string[];
  onActive: (hop: number) => void;
  onOpen: (hop: number) => void;
  onView: ChangeView;
}

const VIEWS = {
  flame: lazy(() => import('./FlameView.tsx').then((m) => ({ default: m.FlameView }))),
  table: lazy(() => import('./StatisticsTable.tsx').then((m) => ({ default: m.StatisticsTable }))),
  graph: lazy(() => import('./TraceGraph.tsx').then((m) => ({ default: m.TraceGraph }))),
  raw: lazy(() => import('./RawTrace.tsx').then((m) => ({ default: m.RawTrace }))),
};
export type OtherView = keyof typeof VIEWS;

export function isOther(view: TraceViewName): view is OtherView {
  return view in VIEWS;
}

export function OtherViews({ view, ...props }: OtherViewProps & { view: OtherView }) {
  const { t } = useText();
  const View = VIEWS[view];
  return (
    <Suspense fallback={<div role="status" aria-label={t('trace.loading')} />}>
      <div className={styles.other}>
        <View {...props} />
      </div>
    </Suspense>
  );
}
