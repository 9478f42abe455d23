// Views on the left; finding, filtering and folding on the right.
import { type KeyboardEvent, useEffect, useState } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { Menu } from '../../parts/Menu.tsx';
import { ServiceName } from '../../parts/ServiceName.tsx';
import { Tabs } from '../../parts/Tabs.tsx';
import { useText } from '../../parts/language.tsx';
import { foldedToDepth, rowOf } from '../../trace/rows.ts';
import { type Trace, maxDepth } from '../../trace/trace.ts';
import type { TraceView } from '../../trace/trace-view.ts';
import styles from './TraceToolbar.module.css';
import type { ChangeView } from './use-trace-view.ts';

interface TraceToolbarProps {
  trace: Trace;
  view: TraceView;
  found: Int32Array;
  active: number;
  onView: ChangeView;
  onReveal: (hop: number) => void;
}

export function TraceToolbar(props: TraceToolbarProps) {
  const { trace, view, onView } = props;
  const { t, count } = useText();
  return (
    <div className={styles.toolbar}>
      <Tabs
        label={t('trace.views')}
        tabs={(['waterfall', 'tree'] as const).map((name) => ({
          name,
          label: t(`trace.view.${name}`),
        }))}
        chosen={view.view}
        onChoose={(name) => onView({ view: name })}
        panel="hops"
      />
      <div className={styles.tools}>
        <FindField {...props} />
        {view.view === 'waterfall' && (
          <button
            type="button"
            className="button"
            aria-pressed={view.path === 'shown'}
            onClick={() => onView({ path: view.path === 'shown' ? 'hidden' : 'shown' })}
          >
            {view.path === 'shown' && <Icon name="check" />}
            {t('trace.path')}
          </button>
        )}
        {trace.errorCount > 0 && (
          <button
            type="button"
            className="button"
            aria-pressed={view.only === 'error'}
            onClick={() => onView({ only: view.only === 'error' ? null : 'error' })}
          >
            {t('trace.only.errors')}{' '}
            <span className={`num ${styles.red}`}>{count(trace.errorCount)}</span>
          </button>
        )}
        <ServiceMenu {...props} />
        <div className={styles.roomy}>
          <FoldMenu {...props} />
        </div>
      </div>
    </div>
  );
}

function FindField({ view, found, active, onView, onReveal }: TraceToolbarProps) {
  const { t, count } = useText();
  const [text, setText] = useState(view.find);
  useEffect(() => {
    const timer = setTimeout(() => text !== view.find && onView({ find: text }), 120);
    return () => clearTimeout(timer);
  }, [text, view.find, onView]);
  const at = rowOf(found, active);
  const step = (by: number) => {
    if (found.length === 0) return;
    const next = found.findIndex((hop) => (by > 0 ? hop > active : hop >= active));
    const from = at >= 0 ? at + by : next < 0 ? 0 : by > 0 ? next : next - 1;
    onReveal(found[(from + found.length) % found.length]!);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) step(event.shiftKey ? -1 : 1);
    if (event.key === 'Escape') setText('');
  };
  const state =
    found.length === 0
      ? t('trace.find.none')
      : t('trace.find.count', { at: at >= 0 ? count(at + 1) : '–', count: found.length });
  return (
    <div className={styles.find} role="search" aria-label={t('trace.find')}>
      <Icon name="search" />
      <input
        aria-label={t('trace.find')}
        placeholder={t('trace.find')}
        data-page-field
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      <span role="status" className={`num ${styles.state}`}>
        {view.find !== '' && state}
      </span>
      {view.find === '' && <kbd aria-hidden="true">/</kbd>}
    </div>
  );
}

function ServiceMenu({ trace, view, onView }: TraceToolbarProps) {
  const { t, count } = useText();
  const toggle = (name: string) =>
    onView({
      services: view.services.includes(name)
        ? view.services.filter((other) => other !== name)
        : [...view.services, name],
    });
  return (
    <Menu
      label={
        <>
          {t('trace.filter.services')}
          {view.services.length > 0 && <b className="num">{view.services.length}</b>}
        </>
      }
    >
      {() => (
        <div role="group" aria-label={t('trace.filter.services')}>
          <button
            type="button"
            className="menuRow"
            aria-pressed={view.services.length === 0}
            onClick={() => onView({ services: [] })}
          >
            {t('trace.filter.all')}
          </button>
          {trace.services.map((service) => (
            <button
              key={service.name}
              type="button"
              className="menuRow"
              aria-pressed={view.services.includes(service.name)}
              onClick={() => toggle(service.name)}
            >
              <ServiceName name={service.name} />
              <span className={`num ${styles.count}`}>{count(service.spanCount)}</span>
            </button>
          ))}
        </div>
      )}
    </Menu>
  );
}

function FoldMenu({ trace, onView }: TraceToolbarProps) {
  const { t } = useText();
  const depths = [1, 2, 3, 4].filter((depth) => depth < maxDepth(trace.hops));
  const fold = (depth: number) => onView({ fold: [...foldedToDepth(trace, depth)] });
  return (
    <Menu label={t('trace.collapse')}>
      {(close) => (
        <>
          <button type="button" className="menuRow" onClick={() => (onView({ fold: [] }), close())}>
            {t('trace.expand.all')}
          </button>
          <button type="button" className="menuRow" onClick={() => (fold(0), close())}>
            {t('trace.collapse.all')}
          </button>
          {depths.map((depth) => (
            <button
              key={depth}
              type="button"
              className="menuRow"
              onClick={() => (fold(depth), close())}
            >
              {t('trace.collapse.depth', { depth: depth + 1 })}
            </button>
          ))}
        </>
      )}
    </Menu>
  );
}
