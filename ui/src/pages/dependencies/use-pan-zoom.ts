// A picture that is larger than its window: dragged, zoomed around a point by wheel and keys, fitted.
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { isTyping } from '../../parts/typing.ts';
import type { Place } from '../../trace/graph-layout.ts';

export interface PanZoom {
  scale: number;
  zoomBy: (factor: number) => void;
  /** The whole of it, however small. */
  fit: () => void;
}

interface Picture {
  width: number;
  height: number;
  /** What is to stand in the middle at first. */
  centre: Place | null;
}

/** What stays where it is while the scale changes: its place in the picture and in the window. */
interface Anchor extends Place {
  left: number;
  top: number;
}

export function usePanZoom(
  box: RefObject<HTMLElement | null>,
  picture: Picture,
  width: number,
): PanZoom {
  const [zoom, setZoom] = useState(1);
  const anchor = useRef<Anchor | null>(null);
  // The whole of it fits at first, unless its words would be too small to read.
  const begin = width > 0 ? Math.min(1, Math.max(READABLE, (width - 8) / picture.width)) : 1;
  const scale = begin * zoom;
  const zoomAt = (factor: number, left: number, top: number) => {
    const element = box.current;
    if (!element) return;
    anchor.current = {
      x: (element.scrollLeft + left) / scale,
      y: (element.scrollTop + top) / scale,
      left,
      top,
    };
    setZoom(bounded(zoom * factor));
  };
  const zoomBy = (factor: number) =>
    zoomAt(factor, (box.current?.clientWidth ?? 0) / 2, (box.current?.clientHeight ?? 0) / 2);
  const fit = () => {
    const { clientWidth = 0, clientHeight = 0 } = box.current ?? {};
    const whole = Math.min(
      (clientWidth - 8) / picture.width,
      (clientHeight - 8) / picture.height,
      1,
    );
    setZoom(bounded(whole / begin));
  };
  useLayoutEffect(() => {
    const [element, held] = [box.current, anchor.current];
    anchor.current = null;
    if (!element || !held) return;
    element.scrollLeft = held.x * scale - held.left;
    element.scrollTop = held.y * scale - held.top;
  }, [box, scale]);
  const latest = useRef({ scale, zoomAt, zoomBy, fit });
  useLayoutEffect(() => {
    latest.current = { scale, zoomAt, zoomBy, fit };
  });
  const { centre } = picture;
  const isThere = width > 0;
  useEffect(() => {
    const element = box.current;
    if (!element || !centre || !isThere) return;
    const { scale } = latest.current;
    element.scrollTo(
      centre.x * scale - element.clientWidth / 2,
      centre.y * scale - element.clientHeight / 2,
    );
  }, [box, centre, isThere]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // React listens to wheels without the right to prevent what the browser does with them.
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY / 300);
      latest.current.zoomAt(factor, event.clientX - left, event.clientY - top);
    };
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      if (event.key === '+' || event.key === '=') latest.current.zoomBy(STEP);
      else if (event.key === '-') latest.current.zoomBy(1 / STEP);
      else if (event.key === '0') latest.current.fit();
      else return;
      event.preventDefault();
    };
    element.addEventListener('wheel', wheel, { passive: false });
    document.addEventListener('keydown', press);
    return () => {
      element.removeEventListener('wheel', wheel);
      document.removeEventListener('keydown', press);
    };
  }, [box]);
  useDrag(box);
  return { scale, zoomBy, fit };
}

/** What is empty can be taken with the mouse and moved; fingers move it by themselves. */
function useDrag(box: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let held: { id: number; x: number; y: number } | null = null;
    const down = (event: PointerEvent) => {
      const onEmpty = !(event.target as Element).closest('[data-node], [data-edge]');
      if (event.pointerType === 'mouse' && event.button === 0 && onEmpty)
        held = { id: event.pointerId, x: event.clientX, y: event.clientY };
    };
    const move = (event: PointerEvent) => {
      if (held?.id !== event.pointerId) return;
      element.scrollBy(held.x - event.clientX, held.y - event.clientY);
      held = { id: held.id, x: event.clientX, y: event.clientY };
    };
    const up = () => {
      held = null;
    };
    element.addEventListener('pointerdown', down);
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
    return () => {
      element.removeEventListener('pointerdown', down);
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', up);
    };
  }, [box]);
}

function bounded(zoom: number): number {
  return Math.min(LARGEST, Math.max(SMALLEST, zoom));
}

/** Words of 13 pixels are 11 then: the smallest that the window writes. */
const READABLE = 0.85;
const [SMALLEST, LARGEST] = [0.05, 4];
export const STEP = 1.25;
