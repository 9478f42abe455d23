// The width of an element and where it begins, followed as they change.
import { type RefObject, useLayoutEffect, useState } from 'react';

export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWidth(Math.round(element.getBoundingClientRect().width));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** Where it begins, in pixels from what it is placed in, and how wide it is. */
export function usePlace(ref: RefObject<HTMLElement | null>): { left: number; width: number } {
  const width = useWidth(ref);
  const [left, setLeft] = useState(0);
  // What stands before it decides where it begins, and leaves it the rest of the width.
  useLayoutEffect(() => setLeft(ref.current?.offsetLeft ?? 0), [ref, width]);
  return { left, width };
}
