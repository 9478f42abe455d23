// What people paste when they hold an id: the id alone, or the log line or headers it stands in.

/** What to ask the store about a pasted text, the likeliest first: itself, and the ids inside it. */
export function idsIn(pasted: string): string[] {
  const text = pasted.trim();
  const ids = new Set<string>();
  // A line as a whole is nobody's id, and it may be too long to ask for.
  if (/^[^\s{]{1,200}$/.test(text)) ids.add(text);
  for (const found of text.slice(0, LONGEST).matchAll(ID)) {
    const { value, trace, span } = found.groups ?? {};
    ids.add(value ?? (trace && span ? `${trace}-${span}` : found[0]));
    if (ids.size === MOST) break;
  }
  if (ids.size === 0 && text !== '') ids.add(text.slice(0, 200));
  return [...ids];
}

/** Enough for a log line; a pasted book must not become a thousand questions. */
const MOST = 6;
const LONGEST = 20_000;

const KEYED = /[\w.-]*(?:id|traceparent|b3)["']?\s*[:=]\s*["']?(?<value>[\w.:/+-]{4,128})/;
const TRACEPARENT = /\b[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b/;
const PAIR = /\b(?<trace>[0-9a-f]{32}|[0-9a-f]{16})[,-]\s?(?<span>[0-9a-f]{16})\b/;
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/;
const PLAIN = /\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b/;
const ID = new RegExp(
  [KEYED, TRACEPARENT, PAIR, UUID, PLAIN].map((form) => form.source).join('|'),
  'gi',
);
