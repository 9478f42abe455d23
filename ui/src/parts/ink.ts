// The tokens as colours a canvas can use: read from the style sheet, once a theme.
import { useMemo } from 'react';
import { SLOTS, serviceMark } from '../trace/service-colour.ts';
import { useDrawnTheme } from './theme.ts';

export interface Ink {
  service: (name: string | null) => string;
  /** 22 % of the service over the surface, 32 % in the dark. */
  pale: (name: string | null) => string;
  surface: string;
  sunken: string;
  line: string;
  lineStrong: string;
  text: string;
  muted: string;
  error: string;
  path: string;
  dot: string;
  accent: string;
}

export function useInk(): Ink {
  const theme = useDrawnTheme();
  return useMemo(() => readInk(theme), [theme]);
}

function readInk(theme: 'light' | 'dark'): Ink {
  const probe = document.createElement('span');
  document.body.append(probe);
  const read = (colour: string) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  };
  const share = theme === 'dark' ? 32 : 22;
  const names = [
    ...Array.from({ length: SLOTS }, (_, slot) => `service-${slot}`),
    'unknown-service',
  ];
  const full = names.map((name) => read(`var(--${name})`));
  const pale = names.map((name) =>
    read(`color-mix(in srgb, var(--${name}) ${share}%, var(--surface))`),
  );
  const slot = (name: string | null) => (name ? serviceMark(name).slot : SLOTS);
  const ink: Ink = {
    service: (name) => full[slot(name)] ?? '',
    pale: (name) => pale[slot(name)] ?? '',
    surface: read('var(--surface)'),
    sunken: read('var(--sunken)'),
    line: read('var(--line)'),
    lineStrong: read('var(--line-2)'),
    text: read('var(--text)'),
    muted: read('var(--text-3)'),
    error: read('var(--error)'),
    path: read('var(--path)'),
    dot: read('var(--dot)'),
    accent: read('var(--accent)'),
  };
  probe.remove();
  return ink;
}
