// What a person prefers on this machine: theme, language, widths. The only file that touches localStorage.

export function readTaste(name: string): string | null {
  try {
    return localStorage.getItem(`hopline.${name}`);
  } catch {
    return null;
  }
}

/** Null forgets it. Where storage is forbidden the choice lasts as long as the page. */
export function writeTaste(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`hopline.${name}`);
    else localStorage.setItem(`hopline.${name}`, value);
  } catch {
    // Nothing is lost but the memory of it.
  }
}
