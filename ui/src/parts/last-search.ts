// Where the way back to the results leads: the last search of this visit, or an empty one.

let last = '/';

export function rememberSearch(search: string): void {
  last = `/${search}`;
}

export function lastSearch(): string {
  return last;
}
