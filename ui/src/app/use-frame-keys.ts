// The keys that work on every page. Single letters are off inside fields.
import { useLayoutEffect, useRef } from 'react';
import { isTyping } from '../parts/typing.ts';

interface FrameActions {
  lookup: () => void;
  keys: () => void;
  go: (path: string) => void;
  theme: () => void;
  language: () => void;
}

export function useFrameKeys(actions: FrameActions): void {
  const latest = useRef(actions);
  useLayoutEffect(() => {
    latest.current = actions;
  });
  // Before the page is painted: a key that is pressed on what one sees must not be lost.
  useLayoutEffect(() => {
    let goAt = 0;
    const press = (event: KeyboardEvent) => {
      const act = latest.current;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        act.lookup();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      if (event.key === '?') act.keys();
      else if (event.key === 'T') act.theme();
      else if (event.key === 'L') act.language();
      else if (event.key in PAGES && Date.now() - goAt < 1000) {
        // The page has keys of its own, which a second key of two must not press.
        event.stopImmediatePropagation();
        act.go(PAGES[event.key] ?? '/');
      } else if (event.key === '/') focusPageField(event);
      goAt = event.key === 'g' ? Date.now() : 0;
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
}

/** After "g". */
const PAGES: Readonly<Record<string, string>> = {
  s: '/',
  v: '/services',
  d: '/dependencies',
  c: '/compare',
  t: '/status',
  u: '/view',
};

/** Each page marks the field that "/" means. */
function focusPageField(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLElement>('[data-page-field]');
  if (!field) return;
  event.preventDefault();
  field.focus();
}
