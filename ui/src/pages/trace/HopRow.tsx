// One hop as a row: name, numbers, bar. The row's name says in words all that the bar draws.
import { type CSSProperties, memo } from 'react';
import type { Ink } from '../../parts/ink.ts';
import { useText } from '../../parts/language.tsx';
import { hasChildren, isOnPath } from '../../trace/rows.ts';
import type { Zoom } from '../../trace/scale.ts';
import { type Trace, operationOf, serviceOf } from '../../trace/trace.ts';
import type { TraceViewName } from '../../trace/trace-view.ts';
import { HopBar } from './HopBar.tsx';
import { HopName } from './HopName.tsx';
import styles from './HopGrid.module.css';

interface HopRowProps {
  trace: Trace;
  hop: number;
  row: number;
  top: number;
  view: TraceViewName;
  showPath: boolean;
  zoom: Zoom;
  width: number;
  ink: Ink;
  folded: boolean;
  matches: boolean;
  found: boolean;
  tabStop: boolean;
  selected: boolean;
  onOpen: (hop: number) => void;
  onFold: (hop: number) => void;
}

export const HopRow = memo(function HopRow(props: HopRowProps) {
  const { trace, hop, view, folded } = props;
  const { hops } = trace;
  const name = useRowName(trace, hop);
  const classes = [
    styles.row,
    props.selected && styles.selected,
    props.found && styles.found,
    !props.matches && styles.off,
  ];
  return (
    <div
      role="row"
      className={classes.filter(Boolean).join(' ')}
      style={{ '--top': `${props.top}px`, '--depth': hops.depth[hop] } as CSSProperties}
      tabIndex={props.tabStop ? 0 : -1}
      data-hop={hop}
      aria-label={name}
      aria-rowindex={props.row + 2}
      aria-level={hops.depth[hop]! + 1}
      aria-setsize={hops.setSize[hop]}
      aria-posinset={hops.position[hop]}
      aria-expanded={hasChildren(trace, hop) ? !folded : undefined}
      aria-selected={props.selected}
      onClick={() => props.onOpen(hop)}
    >
      <HopName
        trace={trace}
        hop={hop}
        folded={folded}
        withCaller={view === 'tree'}
        onFold={props.onFold}
      />
      <Numbers trace={trace} hop={hop} view={view} />
      <div role="gridcell" className={styles.timeline}>
        <HopBar
          trace={trace}
          hop={hop}
          zoom={view === 'tree' ? SHARED_START : props.zoom}
          view={view}
          width={props.width}
          ink={props.ink}
          hollow={!props.matches}
          showPath={props.showPath && view === 'waterfall'}
        />
      </div>
    </div>
  );
});

function Numbers({ trace, hop, view }: { trace: Trace; hop: number; view: TraceViewName }) {
  const { t, duration } = useText();
  const { hops } = trace;
  const total = (
    <span role="gridcell" className={`num ${styles.cell} ${styles.total}`}>
      {duration(hops.total[hop])}
    </span>
  );
  if (view === 'waterfall') return total;
  const queued = hops.records[hop]?.kind === 'messaging';
  return (
    <>
      {total}
      {([hops.network, hops.server, hops.self, hops.critical] as const).map((column, index) => {
        const known = !Number.isNaN(column[hop]!) && column[hop] !== 0;
        return (
          <span
            key={index}
            role="gridcell"
            className={`num ${styles.cell} ${styles.extra} ${known ? '' : styles.faint}`}
          >
            {duration(column[hop])}
            {index === 0 && queued && known && (
              <small className={styles.faint}> {t('tree.queue')}</small>
            )}
          </span>
        );
      })}
    </>
  );
}

function useRowName(trace: Trace, hop: number): string {
  const { t, duration } = useText();
  const record = trace.hops.records[hop]!;
  const service = serviceOf(record) ?? t('common.unknown.service');
  const operation = operationOf(record) ?? t('common.unnamed');
  const { self, network, total } = trace.hops;
  const caller = record.callee && record.caller?.service;
  return [
    t('row.name', { service, operation }),
    caller && caller !== service && t('row.caller', { service: caller }),
    t('row.total', { duration: duration(total[hop]) }),
    !Number.isNaN(self[hop]!) && t('row.self', { duration: duration(self[hop]) }),
    !Number.isNaN(network[hop]!) && t('row.network', { duration: duration(network[hop]) }),
    record.error && t('tree.error'),
    isOnPath(trace, hop) && t('row.path'),
  ]
    .filter(Boolean)
    .join(', ');
}

/** In the table all bars begin at the left; only their length counts. */
const SHARED_START: Zoom = { start: 0, end: 0 };
