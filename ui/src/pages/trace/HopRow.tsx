// One hop as a row: name, numbers, bar. The row's name says in words all that the bar draws.
import { type CSSProperties, memo } from 'react';
import { useText } from '../../parts/language.tsx';
import { hasChildren, isOnPath } from '../../trace/rows.ts';
import { formatFactor, isUnusual } from '../../trace/peers.ts';
import { type Trace, operationOf, serviceOf } from '../../trace/trace.ts';
import type { TraceViewName } from '../../trace/trace-view.ts';
import { HopName } from './HopName.tsx';
import styles from './HopGrid.module.css';
import { useUnusual } from './use-unusual.ts';

interface HopRowProps {
  trace: Trace;
  hop: number;
  row: number;
  top: number;
  view: TraceViewName;
  folded: boolean;
  /** The group whose calls share this row, or null. */
  group: number | null;
  matches: boolean;
  found: boolean;
  tabStop: boolean;
  selected: boolean;
  onOpen: (hop: number) => void;
  onFold: (hop: number) => void;
  onGroup: (group: number) => void;
}

export const HopRow = memo(function HopRow(props: HopRowProps) {
  const { trace, hop, view, folded, group } = props;
  const { hops } = trace;
  const name = useRowName(trace, hop, group);
  const nested = hasChildren(trace, hop) || group !== null;
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
      aria-expanded={nested ? !folded && group === null : undefined}
      aria-selected={props.selected}
      onClick={() => props.onOpen(hop)}
    >
      <HopName
        trace={trace}
        hop={hop}
        folded={folded}
        group={group}
        withCaller={view === 'tree'}
        onFold={props.onFold}
        onGroup={props.onGroup}
      />
      <Numbers trace={trace} hop={hop} group={group} view={view} />
      {/* The bar is drawn over it, and its words are the row's name. */}
      <div role="gridcell" className={styles.timeline} />
    </div>
  );
});

interface NumbersProps {
  trace: Trace;
  hop: number;
  group: number | null;
  view: TraceViewName;
}

function Numbers({ trace, hop, group, view }: NumbersProps) {
  const { t, duration, count } = useText();
  const unusual = useUnusual();
  const { hops } = trace;
  const together = group === null ? null : trace.groups[group]!;
  const total = (
    <span role="gridcell" className={`num ${styles.cell} ${styles.total}`}>
      {duration(together ? together.durationNano : hops.total[hop])}
    </span>
  );
  if (view === 'waterfall') return total;
  const { kind, peers } = hops.records[hop]!;
  const queued = kind === 'messaging';
  const high = together ? null : unusual(peers);
  const alone = [hops.network[hop]!, hops.server[hop]!, hops.self[hop]!, hops.critical[hop]!];
  const columns = together ? [NaN, NaN, NaN, together.criticalNano ?? NaN] : alone;
  return (
    <>
      <span role="gridcell" className={`num ${styles.cell} ${styles.extra}`}>
        {count(together?.count ?? 1)}
      </span>
      {total}
      {columns.map((nanos, index) => {
        const known = !Number.isNaN(nanos) && nanos !== 0;
        return (
          <span
            key={index}
            role="gridcell"
            className={`num ${styles.cell} ${styles.extra} ${known ? '' : styles.faint}`}
          >
            {duration(nanos)}
            {index === 0 && queued && known && (
              <small className={styles.faint}> {t('tree.queue')}</small>
            )}
          </span>
        );
      })}
      <span
        role="gridcell"
        className={`num ${styles.cell} ${styles.extra} ${high ? styles.unusual : styles.faint}`}
      >
        {high ?? (peers && !together ? t('tree.usual') : '–')}
      </span>
    </>
  );
}

function useRowName(trace: Trace, hop: number, group: number | null): string {
  const { t, language, duration } = useText();
  const record = trace.hops.records[hop]!;
  const service = serviceOf(record) ?? t('common.unknown.service');
  const operation = operationOf(record) ?? t('common.unnamed');
  const { self, network, total } = trace.hops;
  const caller = record.callee && record.caller?.service;
  const together = group === null ? null : trace.groups[group]!;
  const said = [
    t('row.name', { service, operation }),
    caller && caller !== service && t('row.caller', { service: caller }),
    t('row.total', { duration: duration(together ? together.durationNano : total[hop]) }),
  ];
  if (together) said.push(t('row.group', { count: together.count }));
  else
    said.push(
      !Number.isNaN(self[hop]!) && t('row.self', { duration: duration(self[hop]) }),
      !Number.isNaN(network[hop]!) && t('row.network', { duration: duration(network[hop]) }),
      isUnusual(record.peers) &&
        t('row.slower', { factor: formatFactor(record.peers.slower, language) }),
    );
  said.push(
    (together ? together.errorCount > 0 : record.error) && t('tree.error'),
    isOnPath(trace, hop) && t('row.path'),
  );
  return said.filter(Boolean).join(', ');
}
