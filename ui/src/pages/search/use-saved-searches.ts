// The saved searches of this reader: kept on this machine, or as long as the page where that is forbidden.
import { useSyncExternalStore } from 'react';
import { readTaste, writeTaste } from '../../parts/taste.ts';
import { type SavedSearch, readSaved } from '../../trace/saved-searches.ts';

const NAME = 'searches';
const KEY = `hopline.${NAME}`;
const listeners = new Set<() => void>();
let kept: readonly SavedSearch[] | undefined;

export function useSavedSearches(): [
  readonly SavedSearch[],
  (change: (list: readonly SavedSearch[]) => SavedSearch[]) => void,
] {
  return [useSyncExternalStore(listen, read), change];
}

function read(): readonly SavedSearch[] {
  return (kept ??= readSaved(readTaste(NAME)));
}

function change(make: (list: readonly SavedSearch[]) => SavedSearch[]): void {
  kept = make(read());
  writeTaste(NAME, kept.length > 0 ? JSON.stringify(kept) : null);
  for (const told of listeners) told();
}

/** Another tab may save as well. */
function listen(changed: () => void): () => void {
  const elsewhere = (event: StorageEvent) => {
    if (event.key !== KEY) return;
    kept = readSaved(event.newValue);
    changed();
  };
  listeners.add(changed);
  window.addEventListener('storage', elsewhere);
  return () => {
    listeners.delete(changed);
    window.removeEventListener('storage', elsewhere);
  };
}
