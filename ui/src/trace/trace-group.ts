// A group of traces that is compared with another, and its spelling in the address: a list of ids, or a search.
import { type Question, readQuestion, writeQuestion } from './question.ts';
import type { TimeRange } from './time-range.ts';
import { resolveRange } from './time-range.ts';

/** Which of the traces that a search finds: all, those that failed, those that did not. */
export const OUTCOMES = ['all', 'failing', 'fine'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type TraceGroup =
  | { kind: 'ids'; ids: readonly string[] }
  | { kind: 'search'; question: Question; outcome: Outcome };

/** The most traces of a group that the server reads. */
export const GROUP_MAX = 100;

/** Null for what is no group: nothing, or one trace. */
export function readGroup(text: string): TraceGroup | null {
  if (text.includes('=')) {
    const keys = new URLSearchParams(text);
    const error = keys.get('error');
    return {
      kind: 'search',
      question: {
        ...readQuestion(keys),
        limit: Math.min(GROUP_MAX, Number(keys.get('limit')) || GROUP_MAX),
      },
      outcome: error === 'true' ? 'failing' : error === 'none' ? 'fine' : 'all',
    };
  }
  const ids = text
    .split(',')
    .map((id) => id.trim())
    .filter(Boolean);
  return text.includes(',') && ids.length > 0 ? { kind: 'ids', ids } : null;
}

export function writeGroup(group: TraceGroup): string {
  // The comma says that it is a group, also of one.
  if (group.kind === 'ids')
    return group.ids.length === 1 ? `${group.ids[0]},` : group.ids.join(',');
  const { question, outcome } = group;
  const keys = writeQuestion({ ...question, sort: 'newest' });
  keys.delete('limit');
  if (question.limit < GROUP_MAX) keys.set('limit', String(question.limit));
  // With a time it is never empty: empty text is no group.
  keys.set('from', question.range.from);
  keys.set('to', question.range.to);
  if (outcome !== 'all') keys.set('error', outcome === 'failing' ? 'true' : 'none');
  return String(keys);
}

/** Where two groups are compared. */
export function compareAddress(a: TraceGroup, b: TraceGroup): string {
  return `/compare?${new URLSearchParams({ a: writeGroup(a), b: writeGroup(b) })}`;
}

/** The same length of time, just before. Relative stays relative. */
export function rangeBefore(range: TimeRange, now: number): TimeRange {
  const relative = /^-(\d{1,6})([smhdw])$/.exec(range.from);
  if (relative && range.to === 'now')
    return { from: `-${2 * Number(relative[1])}${relative[2]}`, to: range.from };
  const { from, to } = resolveRange(range, now);
  return { from: String(Math.max(0, from - (to - from))), to: String(from) };
}
