// Light, dark, or what the system says; and a way for canvases to learn of a change.
import { useSyncExternalStore } from 'react';
import { readTaste, writeTaste } from './taste.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function currentTheme(): Theme {
  return THEMES.find((theme) => theme === readTaste('theme')) ?? 'system';
}

export function setTheme(theme: Theme): void {
  writeTaste('theme', theme === 'system' ? null : theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  for (const changed of listeners) changed();
}

/** The theme that is drawn: system is resolved. Changes redraw whoever asks. */
export function useDrawnTheme(): 'light' | 'dark' {
  return useSyncExternalStore(subscribe, drawnTheme);
}

function drawnTheme(): 'light' | 'dark' {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function subscribe(changed: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  media.addEventListener('change', changed);
  listeners.add(changed);
  return () => {
    media.removeEventListener('change', changed);
    listeners.delete(changed);
  };
}

const listeners = new Set<() => void>();
