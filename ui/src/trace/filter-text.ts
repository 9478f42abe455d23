// One filter as a person types it: service:payment, operation:"POST /x", duration>250ms, key=value, key.
import { readDuration } from './duration-text.ts';
import type { Question } from './question.ts';

/** One removable piece of a question. */
export type Filter =
  | { kind: 'service' | 'operation' | 'minDuration' | 'maxDuration'; value: string }
  | { kind: 'tag'; value: string };

/** The question with what was typed added to it. Several filters may stand side by side. */
export function addTyped(question: Question, typed: string): Question {
  return splitTyped(typed).reduce(addOne, question);
}

export function filtersOf(question: Question): Filter[] {
  const filters: Filter[] = [];
  for (const kind of ['service', 'operation', 'minDuration', 'maxDuration'] as const) {
    if (question[kind]) filters.push({ kind, value: question[kind] });
  }
  for (const value of question.tags) filters.push({ kind: 'tag', value });
  return filters;
}

export function without(question: Question, filter: Filter): Question {
  if (filter.kind === 'tag') {
    return { ...question, tags: question.tags.filter((tag) => tag !== filter.value) };
  }
  // An operation belongs to its service.
  const operation = filter.kind === 'service' ? '' : question.operation;
  return { ...question, operation, [filter.kind]: '' };
}

export function withTag(question: Question, tag: string): Question {
  const trimmed = tag.trim();
  return trimmed === '' || question.tags.includes(trimmed)
    ? question
    : { ...question, tags: [...question.tags, trimmed] };
}

function addOne(question: Question, piece: string): Question {
  if (/^".*"$/s.test(piece)) return withTag(question, unquote(piece));
  const named = /^(service|operation|svc|op)\s*[:=]\s*(.+)$/is.exec(piece);
  if (named) {
    const value = unquote(named[2] ?? '');
    return (named[1] ?? '').toLowerCase().startsWith('s')
      ? { ...question, service: value, operation: '' }
      : { ...question, operation: value };
  }
  const duration = /^duration\s*(>=?|<=?)\s*(.+)$/i.exec(piece);
  if (duration && readDuration(duration[2] ?? '') !== null) {
    const key = duration[1]?.startsWith('>') ? 'minDuration' : 'maxDuration';
    return { ...question, [key]: (duration[2] ?? '').replace(/\s+/g, '') };
  }
  const tag = /^([^=\s]+)\s*=\s*(.*)$/s.exec(piece);
  return withTag(question, tag ? `${tag[1]}=${unquote(tag[2] ?? '')}` : unquote(piece));
}

/** Spaces part filters, except in quotes and around a comparison. */
function splitTyped(typed: string): string[] {
  return (
    typed.match(/(?:[^\s"]|"[^"]*")+(?:\s*(?:[<>]=?|=)\s*(?:[^\s"]|"[^"]*")+)?/g) ?? []
  ).filter(Boolean);
}

function unquote(text: string): string {
  return text.replace(/^"(.*)"$/s, '$1').trim();
}
