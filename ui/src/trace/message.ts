// Messages with named values: {name}, and {count, plural, one {# trace} other {# traces}}.

export type Values = Readonly<Record<string, string | number>>;

/** Fills a message. `number` writes counts in the reader's language. */
export function fillMessage(
  message: string,
  values: Values,
  number: (count: number) => string,
): string {
  let filled = '';
  for (let at = 0; at < message.length;) {
    if (message[at] !== '{') {
      filled += message[at++];
      continue;
    }
    const end = closing(message, at);
    filled += fillPlace(message.slice(at + 1, end), values, number);
    at = end + 1;
  }
  return filled;
}

/** The names a message expects, for the test that compares the languages. */
export function placesOf(message: string): string[] {
  const names = new Set<string>();
  for (const [, name] of message.matchAll(/\{(\w+)(?=[,}])/g)) if (name) names.add(name);
  return [...names].sort();
}

function fillPlace(inside: string, values: Values, number: (count: number) => string): string {
  const plural = /^(\w+),\s*plural,/.exec(inside);
  if (!plural) {
    const value = values[inside.trim()] ?? '';
    return typeof value === 'number' ? number(value) : value;
  }
  const count = Number(values[plural[1] ?? ''] ?? 0);
  const forms = readForms(inside.slice(plural[0].length));
  const form = (count === 1 ? forms.get('one') : undefined) ?? forms.get('other') ?? '';
  return fillMessage(form.replaceAll('#', number(count)), values, number);
}

function readForms(text: string): Map<string, string> {
  const forms = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('{', at);
    if (open < 0) break;
    const end = closing(text, open);
    forms.set(text.slice(at, open).trim(), text.slice(open + 1, end));
    at = end + 1;
  }
  return forms;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  return text.length;
}
