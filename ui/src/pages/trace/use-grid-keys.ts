// The keys inside the tree grid: moving, folding, opening.
import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';
import { foldedToDepth, groupOfRow, hasChildren, rowOf } from '../../trace/rows.ts';
import type { HopGridProps } from './HopGrid.tsx';

export function useGridKeys(props: HopGridProps, grid: RefObject<HTMLDivElement | null>) {
  const { trace, rows, view, folded, opened, active } = props;
  /** True between a key that moves and the frame in which the row exists. */
  const follow = useRef(false);
  useEffect(() => {
    if (!follow.current) return;
    // The row may only come into being when the list has scrolled to it; rows that are drawn anew
    // before the frame must not cost the focus its move.
    const frame = requestAnimationFrame(() => {
      follow.current = false;
      grid.current
        ?.querySelector<HTMLElement>(`[data-hop="${active}"]`)
        ?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [active, rows, grid]);
  const go = (row: number) => {
    const hop = rows.hops[Math.min(Math.max(row, 0), rows.hops.length - 1)];
    if (hop === undefined) return;
    follow.current = true;
    props.onActive(hop);
  };
  const unfold = (hop: number) =>
    props.onView({ fold: view.fold.filter((other) => other !== hop) });
  return (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement)
      return;
    const row = rowOf(rows.hops, active);
    const page = Math.max(1, Math.floor((grid.current?.clientHeight ?? 300) / 28) - 2);
    const steps: Record<string, number> = {
      ArrowDown: row + 1,
      ArrowUp: row - 1,
      Home: 0,
      End: rows.hops.length - 1,
      PageDown: row + page,
      PageUp: row - page,
    };
    const target = steps[event.key];
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (target !== undefined) go(target);
    else if (event.key === 'ArrowRight') {
      const group = rows.matches === null ? groupOfRow(trace, active, opened) : null;
      if (group !== null) props.onView({ opened: [...view.opened, group] });
      else if (folded.has(active)) unfold(active);
      else if (hasChildren(trace, active)) go(row + 1);
    } else if (event.key === 'ArrowLeft') {
      if (hasChildren(trace, active) && !folded.has(active))
        props.onView({ fold: [...view.fold, active] });
      else go(rowOf(rows.hops, trace.hops.parent[active]!));
    } else if (event.key === 'Enter' && event.shiftKey) {
      const start = trace.hops.start[active]!;
      const total = trace.hops.total[active]!;
      if (total > 0) props.onView({ zoom: { start, end: start + total } });
    } else if (event.key === 'Enter') props.onOpen(active);
    else if (event.key === '*') {
      props.onView({
        fold: view.fold.filter((hop) => hop < active || hop >= trace.hops.end[active]!),
      });
    } else if (event.shiftKey && digit)
      props.onView({ fold: [...foldedToDepth(trace, Number(digit) - 1)] });
    else return;
    event.preventDefault();
  };
}
