// The tokens as colours a canvas can use: read from the style sheet, once a theme.
import { useMemo } from 'react';
import { SLOTS, serviceMark } from '../trace/service-colour.ts';
import { useDrawnTheme } from './theme.ts';

export interface Ink {
  service: (name: string | null) => string;
  /** 22 % of the service over the surface, 32 % in the dark. */
  pale: (name: string | null) => string;
  /** What is read best on the service's own colour. */
  on: (name: string | null) => string;
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
  control: string;
  warn: string;
  /** The families of the page's letters. */
  font: string;
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
  const [dark, light] = [read('var(--ink-on-service)'), read('var(--paper-on-service)')];
  const on = full.map((colour) => (luminance(colour) > 0.19 ? dark : light));
  const slot = (name: string | null) => (name ? serviceMark(name).slot : SLOTS);
  const ink: Ink = {
    service: (name) => full[slot(name)] ?? '',
    pale: (name) => pale[slot(name)] ?? '',
    on: (name) => on[slot(name)] ?? '',
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
    control: read('var(--control)'),
    warn: read('var(--warn)'),
    font: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
  return ink;
}

/** Relative luminance after WCAG of a colour as the browser computes it: "rgb(1, 2, 3)". */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((text) => {
    const share = Number(text) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
