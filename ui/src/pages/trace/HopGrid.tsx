// The rows of a trace as a tree grid: only those in view exist, one of them takes the focus.
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, useEffect, useMemo, useRef } from 'react';
import { useInk } from '../../parts/ink.ts';
import { useText } from '../../parts/language.tsx';
import { PHONE, useMedia } from '../../parts/use-media.ts';
import { usePlace, useWidth } from '../../parts/use-size.ts';
import { type Rows, groupOfRow, rowOf } from '../../trace/rows.ts';
import type { Zoom } from '../../trace/scale.ts';
import type { Trace } from '../../trace/trace.ts';
import type { TraceView } from '../../trace/trace-view.ts';
import { Bars } from './Bars.tsx';
import { GridHead } from './GridHead.tsx';
import { HopRow } from './HopRow.tsx';
import styles from './HopGrid.module.css';
import { useGridKeys } from './use-grid-keys.ts';
import type { ChangeView } from './use-trace-view.ts';

export interface HopGridProps {
  trace: Trace;
  rows: Rows;
  view: TraceView;
  zoom: Zoom;
  folded: ReadonlySet<number>;
  /** Groups whose calls all have rows. */
  opened: ReadonlySet<number>;
  found: Int32Array;
  active: number;
  selected: number | null;
  onActive: (hop: number) => void;
  onOpen: (hop: number) => void;
  onView: ChangeView;
  onReveal: (hop: number) => void;
}

export function HopGrid(props: HopGridProps) {
  const { trace, rows, view, zoom, folded, opened, found, active, selected } = props;
  const { t } = useText();
  const ink = useInk();
  const phone = useMedia(PHONE);
  const scroll = useRef<HTMLDivElement>(null);
  const timeline = useRef<HTMLDivElement>(null);
  const column = usePlace(timeline);
  const whole = useWidth(scroll);
  const tree = view.view === 'tree';
  const width = phone ? whole - 2 * MARGIN : tree ? column.width - GUTTER : column.width - 1;
  const head = phone ? 0 : 26;
  const activeRow = Math.max(0, rowOf(rows.hops, active));
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler that it warns for is not used
  const virtual = useVirtualizer({
    count: rows.hops.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => (phone ? 52 : 28),
    overscan: OVERSCAN,
    // The heads stick to the top: rows begin below them and must not scroll under them.
    scrollMargin: head,
    scrollPaddingStart: head,
    // The focused row stays in the page, or focus would be lost while scrolling.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      if (activeRow < range.count && !shown.includes(activeRow)) shown.push(activeRow);
      return shown.sort((a, b) => a - b);
    },
  });
  const placed = useRef(false);
  useEffect(() => virtual.measure(), [phone, virtual]);
  useEffect(() => {
    const row = rowOf(rows.hops, active);
    if (row >= 0) virtual.scrollToIndex(row, { align: placed.current ? 'auto' : 'center' });
    placed.current = true;
    // Scrolls when the active hop changes or gets a row, not when other rows fold.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [active, virtual]);
  const shown = virtual.range;
  const keys = useGridKeys(props, scroll);
  const acts = useRowActs(props);
  return (
    <div
      ref={scroll}
      className={`${styles.scroll} ${view.view === 'tree' ? styles.tree : styles.waterfall}`}
      role="treegrid"
      aria-label={t(`trace.view.${view.view}`)}
      aria-rowcount={rows.hops.length + 1}
      onKeyDown={keys}
    >
      <GridHead
        view={view.view}
        zoom={zoom}
        origin={trace.axis.start}
        width={Math.max(0, column.width - 1)}
        timeline={timeline}
      />
      {rows.hops.length === 0 && <p className={styles.empty}>{t('tree.empty')}</p>}
      <div
        role="rowgroup"
        className={styles.rows}
        style={{ '--height': `${virtual.getTotalSize()}px` } as CSSProperties}
      >
        {virtual.getVirtualItems().map((item) => {
          const hop = rows.hops[item.index]!;
          return (
            <HopRow
              key={hop}
              trace={trace}
              hop={hop}
              row={item.index}
              top={item.start - head}
              view={view.view}
              folded={folded.has(hop)}
              group={rows.matches === null ? groupOfRow(trace, hop, opened) : null}
              matches={rows.matches === null || rows.matches[hop] === 1}
              found={rowOf(found, hop) >= 0}
              tabStop={item.index === activeRow}
              selected={hop === selected}
              onOpen={acts.open}
              onFold={acts.fold}
              onGroup={acts.group}
            />
          );
        })}
        <Bars
          trace={trace}
          rows={rows}
          opened={opened}
          view={view.view}
          showPath={view.path === 'shown'}
          zoom={zoom}
          left={phone ? MARGIN : tree ? column.left : column.left + 1}
          width={width}
          pitch={phone ? 52 : 28}
          offset={phone ? 26 : 0}
          ink={ink}
          first={Math.max(0, (shown?.startIndex ?? 0) - OVERSCAN)}
          last={Math.min((shown?.endIndex ?? -1) + OVERSCAN, rows.hops.length - 1)}
        />
      </div>
    </div>
  );
}

/** Rows above and below those in view: a wheel is faster than a page. */
const OVERSCAN = 8;
/** Beside the bars of a phone, and behind those of the call tree. */
const MARGIN = 12;
const GUTTER = 16;

/** The same functions as long as the grid lives: rows that did not change are not drawn again while scrolling. */
function useRowActs(props: HopGridProps) {
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  return useMemo(() => {
    const toggled = (list: readonly number[], one: number) =>
      list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
    return {
      open: (hop: number) => latest.current.onOpen(hop),
      fold: (hop: number) => {
        const { view, onView } = latest.current;
        onView({ fold: toggled(view.fold, hop) });
      },
      group: (group: number) => {
        const { view, onView } = latest.current;
        onView({ opened: toggled(view.opened, group) });
      },
    };
  }, []);
}
