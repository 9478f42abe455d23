// Searches that a reader keeps by a name: the address is the search, the name is only here.

export interface SavedSearch {
  name: string;
  /** The part of an address behind the question mark. */
  address: string;
}

export const SAVED_MAX = 100;
export const NAME_MAX = 80;
/** Longer addresses are not kept: no browser would follow them. */
const ADDRESS_MAX = 8000;

/** What was kept before; anything else that stands there is no search. */
export function readSaved(text: string | null): SavedSearch[] {
  let found: unknown;
  try {
    found = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  return found.filter(isSaved).reduce(saveSearch, [] as SavedSearch[]);
}

/** A name stands for one search: the later takes it. Beyond the bound the oldest go. */
export function saveSearch(list: readonly SavedSearch[], search: SavedSearch): SavedSearch[] {
  const name = search.name.trim().slice(0, NAME_MAX);
  if (name === '' || search.address.length > ADDRESS_MAX) return [...list];
  const others = list.filter((other) => other.name !== name);
  return [...others, { name, address: search.address }].slice(-SAVED_MAX);
}

export function renameSearch(
  list: readonly SavedSearch[],
  from: string,
  to: string,
): SavedSearch[] {
  const name = to.trim().slice(0, NAME_MAX);
  if (name === '' || name === from) return [...list];
  return list
    .filter((search) => search.name !== name)
    .map((search) => (search.name === from ? { ...search, name } : search));
}

export function deleteSearch(list: readonly SavedSearch[], name: string): SavedSearch[] {
  return list.filter((search) => search.name !== name);
}

function isSaved(value: unknown): value is SavedSearch {
  const search = value as Partial<SavedSearch> | null;
  return typeof search?.name === 'string' && typeof search.address === 'string';
}
