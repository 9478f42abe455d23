// The selected hop: where its time went, and all that its spans recorded.
import { type CSSProperties, useRef, useState } from 'react';
import { ApiError } from '../../api/http.ts';
import type { SkewChoice } from '../../api/trace.ts';
import { useSpan } from '../../api/trace-hooks.ts';
import { Icon } from '../../parts/Icon.tsx';
import { ServiceMark } from '../../parts/ServiceMark.tsx';
import { Tabs } from '../../parts/Tabs.tsx';
import { useText } from '../../parts/language.tsx';
import { readTaste, writeTaste } from '../../parts/taste.ts';
import { useCopy } from '../../parts/use-copy.ts';
import { type HopEnd, type Trace, operationOf, serviceOf, spanIdOf } from '../../trace/trace.ts';
import { HalfSwitch } from './HalfSwitch.tsx';
import { linkTo } from './link-to.ts';
import { LogLinks } from './LogLinks.tsx';
import { PeersFacts } from './PeersFacts.tsx';
import { PanelResize } from './PanelResize.tsx';
import { SpanTabPanel, type TabName } from './SpanTabPanel.tsx';
import { countTies } from './ties.ts';
import { SplitEquation } from './SplitEquation.tsx';
import styles from './SpanPanel.module.css';

interface SpanPanelProps {
  trace: Trace;
  hop: number;
  skew: SkewChoice;
  onClose: () => void;
}

export function SpanPanel({ trace, hop, skew, onClose }: SpanPanelProps) {
  const { t, count } = useText();
  const copy = useCopy();
  const record = trace.hops.records[hop]!;
  const [chosen, setHalf] = useState<'callee' | 'caller'>(() =>
    received(record.callee) ? 'callee' : 'caller',
  );
  const [tab, setTab] = useState<TabName>('attributes');
  const [width, setWidth] = useState(() => Number(readTaste('panel-width')) || 376);
  const panel = useRef<HTMLElement>(null);
  const end = chosen === 'callee' ? record.callee : record.caller;
  const { span, error, loading } = useSpan(trace, end, skew);
  const caller = record.callee ? record.caller?.service : null;
  const tabs = [
    { name: 'attributes' as const, count: span?.attributes.length },
    { name: 'events' as const, count: span?.events.length },
    { name: 'links' as const, count: span ? countTies(trace, hop, span) : undefined },
    { name: 'process' as const },
    { name: 'raw' as const },
  ].map((entry) => ({ ...entry, label: t(`panel.tab.${entry.name}`) }));
  return (
    <aside
      ref={panel}
      className={styles.panel}
      aria-label={t('panel.title')}
      style={{ '--panel-width': `${width}px` } as CSSProperties}
    >
      <PanelResize
        width={width}
        onWidth={(next) => {
          setWidth(next);
          writeTaste('panel-width', String(next));
        }}
      />
      <header className={styles.head}>
        <ServiceMark name={serviceOf(record)} />
        <h2 lang="en" translate="no">
          <b>{serviceOf(record) ?? t('common.unknown.service')}</b>{' '}
          {operationOf(record) ?? t('common.unnamed')}
        </h2>
        <button
          type="button"
          className="quiet"
          aria-label={t('panel.copy.link')}
          title={t('panel.copy.link')}
          onClick={() => copy(linkTo(trace, hop), 'trace.link.copied')}
        >
          <Icon name="link" />
        </button>
        <button
          type="button"
          className="quiet"
          aria-label={t('common.close')}
          title={t('common.close')}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
        <p className={styles.second} translate="no">
          {caller && `${caller} → ${serviceOf(record) ?? ''} · `}
          {record.protocol ?? record.kind} <code>{spanIdOf(record)}</code>
        </p>
        {end?.spanId != null && received(end) && <LogLinks trace={trace} spanId={end.spanId} />}
      </header>
      <SplitEquation trace={trace} hop={hop} />
      <PeersFacts trace={trace} hop={hop} />
      {received(record.callee) &&
        received(record.caller) &&
        !sameSpan(record.callee, record.caller) && (
          <HalfSwitch record={record} chosen={chosen} onChoose={setHalf} />
        )}
      <div className={styles.tabs}>
        <Tabs
          label={t('panel.tabs')}
          tabs={tabs.map((entry) => ({ ...entry, label: entry.label }))}
          chosen={tab}
          onChoose={setTab}
          panel="span-tab"
        />
      </div>
      <div
        id="span-tab"
        role="tabpanel"
        aria-label={t(`panel.tab.${tab}`)}
        className={styles.body}
        tabIndex={0}
      >
        {span ? (
          <SpanTabPanel trace={trace} hop={hop} span={span} tab={tab} />
        ) : (
          <p className={styles.none} role={loading || error ? 'status' : undefined}>
            {loading
              ? t('panel.loading')
              : error
                ? t('panel.failed', { why: error instanceof ApiError ? error.message : '' })
                : t('panel.no.span')}
          </p>
        )}
      </div>
      <p className="offscreen" role="status">
        {count(hop + 1)}
      </p>
    </aside>
  );
}

function received(end: HopEnd | null): boolean {
  return end?.spanIndex != null;
}

function sameSpan(one: HopEnd | null, other: HopEnd | null): boolean {
  return one?.spanIndex === other?.spanIndex;
}
