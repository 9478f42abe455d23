// Views on the left; finding, filtering and folding on the right.
import { useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { Tabs } from '../../parts/Tabs.tsx';
import { useText } from '../../parts/language.tsx';
import type { Trace } from '../../trace/trace.ts';
import { type TraceView, VIEWS } from '../../trace/trace-view.ts';
import { FindField } from './FindField.tsx';
import { FoldMenu } from './FoldMenu.tsx';
import { ServiceMenu } from './ServiceMenu.tsx';
import styles from './TraceToolbar.module.css';
import type { ChangeView } from './use-trace-view.ts';

export interface TraceToolbarProps {
  trace: Trace;
  view: TraceView;
  found: Int32Array;
  /** Whether more may yet be found. */
  searching: boolean;
  active: number;
  onView: ChangeView;
  onReveal: (hop: number) => void;
}

export function TraceToolbar(props: TraceToolbarProps) {
  const { trace, view, onView } = props;
  const { t, count } = useText();
  const rows = view.view === 'waterfall' || view.view === 'tree';
  // A phone shows finding and filters in a line of their own, when asked or in use.
  const [tools, setTools] = useState(false);
  const used = view.find !== '' || view.only === 'error' || view.services.length > 0;
  const open = tools || used;
  return (
    <div className={`${styles.toolbar} ${open ? '' : styles.closed}`}>
      <Tabs
        label={t('trace.views')}
        tabs={VIEWS.map((name) => ({
          name,
          label: t(`trace.view.${name}`),
        }))}
        chosen={view.view}
        onChoose={(name) => onView({ view: name })}
        panel="hops"
      />
      {rows && (
        <button
          type="button"
          className={`button ${styles.opener}`}
          aria-label={t('trace.tools')}
          aria-expanded={open}
          onClick={() => setTools(!open)}
        >
          <Icon name="search" />
        </button>
      )}
      <div className={styles.tools}>
        {rows && <FindField {...props} />}
        {view.view === 'waterfall' && (
          <button
            type="button"
            className={`button ${styles.path}`}
            aria-pressed={view.path === 'shown'}
            onClick={() => onView({ path: view.path === 'shown' ? 'hidden' : 'shown' })}
          >
            {view.path === 'shown' && <Icon name="check" />}
            {t('trace.path')}
          </button>
        )}
        {rows && trace.errorCount > 0 && (
          <button
            type="button"
            className={`button ${styles.filter}`}
            aria-pressed={view.only === 'error'}
            onClick={() => onView({ only: view.only === 'error' ? null : 'error' })}
          >
            {t('trace.only.errors')}{' '}
            <span className={`num ${styles.red}`}>{count(trace.errorCount)}</span>
          </button>
        )}
        {(rows || view.view === 'table') && (
          <div className={rows ? styles.filter : undefined}>
            <ServiceMenu {...props} />
          </div>
        )}
        {rows && (
          <div className={styles.roomy}>
            <FoldMenu {...props} />
          </div>
        )}
      </div>
    </div>
  );
}
