// A loaded trace: header, toolbar, minimap, rows and panel, around one set of rows.
import { useMemo, useState } from 'react';
import { useFound } from '../../api/trace-hooks.ts';
import { PanelGuard } from '../../parts/PanelGuard.tsx';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { callersOf, groupsOver, visibleRows } from '../../trace/rows.ts';
import { keepWithin } from '../../trace/scale.ts';
import { type Trace, spanIdOf } from '../../trace/trace.ts';
import type { TraceView } from '../../trace/trace-view.ts';
import type { Finding } from '../../trace/why.ts';
import { HopGrid } from './HopGrid.tsx';
import { Minimap } from './Minimap.tsx';
import { OtherViews, isOther } from './OtherViews.tsx';
import { SpanPanel } from './SpanPanel.tsx';
import { TraceFooter } from './TraceFooter.tsx';
import { TraceHeader } from './TraceHeader.tsx';
import styles from './TracePage.module.css';
import { TraceToolbar } from './TraceToolbar.tsx';
import { useTraceKeys } from './use-trace-keys.ts';
import { WhyBand } from './WhyBand.tsx';
import type { ChangeView } from './use-trace-view.ts';

interface TraceDeskProps {
  trace: Trace;
  /** Why it is slow, as far as that is known. */
  findings: readonly Finding[];
  view: TraceView;
  onView: ChangeView;
}

/** On a phone a trace of more hops than this starts with its critical path only. */
const SHORT_ENOUGH = 12;

export function TraceDesk({ trace, findings, view, onView }: TraceDeskProps) {
  const { t } = useText();
  const phone = useMedia(PHONE);
  const selected = view.span === null ? null : (trace.hopBySpan.get(view.span) ?? null);
  const [active, setActive] = useState(selected ?? 0);
  // An opened span takes the place of the active row, also when Back opened it.
  const [before, setBefore] = useState(selected);
  if (selected !== before) {
    setBefore(selected);
    if (selected !== null) setActive(selected);
  }
  const shortened = phone && view.only === null && trace.hops.count > SHORT_ENOUGH;
  const only = shortened ? 'path' : view.only === 'all' ? null : view.only;
  const folded = useMemo(() => new Set(view.fold), [view.fold]);
  const opened = useMemo(() => new Set(view.opened), [view.opened]);
  const rows = useMemo(
    () => visibleRows(trace, folded, { services: new Set(view.services), only }, opened),
    [trace, folded, view.services, only, opened],
  );
  const { found, searching } = useFound(trace, view.find);
  const zoom = view.zoom ? keepWithin(view.zoom, trace.axis) : trace.axis;
  /** Makes a hop the active row, unfolding what hides it. */
  const reveal = (hop: number) => {
    const hiding = callersOf(trace, hop).filter((caller) => folded.has(caller));
    const closed = groupsOver(trace, hop).filter((group) => !opened.has(group));
    if (hiding.length > 0 || closed.length > 0)
      onView({
        fold: view.fold.filter((caller) => !hiding.includes(caller)),
        opened: [...view.opened, ...closed],
      });
    setActive(hop);
  };
  const open = (hop: number) => {
    setActive(hop);
    const record = trace.hops.records[hop];
    const span = record && spanIdOf(record);
    if (span) onView({ span });
  };
  useTraceKeys({ trace, view, active, zoom, onView, onReveal: reveal, found });
  return (
    <div className={styles.desk}>
      <TraceHeader trace={trace} view={view} onView={onView} />
      <WhyBand trace={trace} findings={findings} onReveal={reveal} onOpen={open} />
      <TraceToolbar
        trace={trace}
        view={view}
        found={found}
        searching={searching}
        active={active}
        onView={onView}
        onReveal={reveal}
      />
      <div
        id="hops"
        role="tabpanel"
        aria-label={t(`trace.view.${view.view}`)}
        className={styles.work}
      >
        {isOther(view.view) ? (
          <PanelGuard key={view.view}>
            <OtherViews
              view={view.view}
              trace={trace}
              zoom={zoom}
              active={active}
              services={view.services}
              onActive={setActive}
              onOpen={open}
              onView={onView}
            />
          </PanelGuard>
        ) : (
          <div className={styles.grid}>
            {view.view === 'waterfall' ? (
              <Minimap trace={trace} zoom={zoom} onZoom={(next) => onView({ zoom: next })} />
            ) : (
              <div />
            )}
            <PanelGuard>
              <HopGrid
                trace={trace}
                rows={rows}
                view={view}
                zoom={zoom}
                folded={folded}
                opened={opened}
                found={found}
                active={active}
                selected={selected}
                onActive={setActive}
                onOpen={open}
                onView={onView}
                onReveal={reveal}
              />
            </PanelGuard>
            <TraceFooter
              trace={trace}
              rows={rows}
              view={view}
              shortened={shortened}
              onAll={() => onView({ only: shortened ? 'all' : null, services: [] })}
            />
          </div>
        )}
        {selected !== null && (
          <PanelGuard key={selected}>
            <SpanPanel
              trace={trace}
              hop={selected}
              skew={view.skew}
              onClose={() => onView({ span: null })}
            />
          </PanelGuard>
        )}
      </div>
    </div>
  );
}
