// One filter as a person types it: service:payment, operation:"POST /x", duration>250ms, trace>1s, key=value, key; and
// with a minus or an exclamation mark before it what must not be. What is written is read again as the same.
import { readDuration } from './duration-text.ts';
import { DURATIONS, type DurationKey, type Question } from './question.ts';

/** One removable piece of a question. */
export interface Filter {
  kind: FilterKind;
  value: string;
}

const SINGLE = ['service', 'operation', 'status', ...DURATIONS] as const;
const MANY = {
  tag: 'tags',
  notService: 'notServices',
  notOperation: 'notOperations',
  notTag: 'notTags',
} as const;
type Many = keyof typeof MANY;
export type FilterKind = (typeof SINGLE)[number] | Many;

/** The question with what was typed added to it. Several filters may stand side by side. */
export function addTyped(question: Question, typed: string): Question {
  return splitTyped(typed).reduce(addOne, question);
}

export function filtersOf(question: Question): Filter[] {
  const filters: Filter[] = [];
  for (const kind of SINGLE) {
    if (question[kind]) filters.push({ kind, value: question[kind] });
  }
  for (const kind of Object.keys(MANY) as Many[]) {
    for (const value of question[MANY[kind]]) filters.push({ kind, value });
  }
  return filters;
}

export function without(question: Question, { kind, value }: Filter): Question {
  if (isMany(kind)) {
    const list = question[MANY[kind]];
    return { ...question, [MANY[kind]]: list.filter((one) => one !== value) };
  }
  // An operation belongs to its service.
  const operation = kind === 'service' ? '' : question.operation;
  return { ...question, operation, [kind]: '' };
}

/** The question with one more filter; a single one takes the place of what was there. */
export function withFilter(question: Question, kind: FilterKind, value: string): Question {
  const trimmed = value.trim();
  if (trimmed === '') return question;
  if (isMany(kind)) {
    const list = question[MANY[kind]];
    return list.includes(trimmed) ? question : { ...question, [MANY[kind]]: [...list, trimmed] };
  }
  const operation = kind === 'service' ? '' : question.operation;
  return { ...question, operation, [kind]: trimmed };
}

/** The text that addTyped reads as this filter, also beside others. */
export function typedOf({ kind, value }: Filter): string {
  switch (kind) {
    case 'service':
    case 'operation':
      return `${kind}:${quoted(value)}`;
    case 'status':
      return `status:${value}`;
    case 'minDuration':
      return `duration>${value.replace(/\s+/g, '')}`;
    case 'maxDuration':
      return `duration<${value.replace(/\s+/g, '')}`;
    case 'minTraceDuration':
      return `trace>${value.replace(/\s+/g, '')}`;
    case 'maxTraceDuration':
      return `trace<${value.replace(/\s+/g, '')}`;
    case 'notService':
      return `-service:${quoted(value)}`;
    case 'notOperation':
      return `-operation:${quoted(value)}`;
    case 'tag':
      return tagText(value);
    case 'notTag':
      return `-${tagText(value)}`;
  }
}

/** A tag as it is where that is read as this tag; else in quotes. */
function tagText(tag: string): string {
  const isPlain = /^[^\s"<>=!-](?:[^\s"]*[^\s"<>=])?$/.test(tag);
  return isPlain && readPiece(tag)?.kind === 'tag' ? tag : quote(tag);
}

function addOne(question: Question, piece: string): Question {
  const filter = readPiece(piece);
  return filter ? withFilter(question, filter.kind, filter.value) : question;
}

const OPPOSITES = {
  service: 'notService',
  operation: 'notOperation',
  tag: 'notTag',
} as const;

function readPiece(piece: string): Filter | null {
  const denied = /^[-!](?=.)(.*)$/s.exec(piece);
  if (!denied) return readPlain(piece);
  const filter = readPlain(denied[1] ?? '');
  if (filter?.kind === 'status')
    return { kind: 'status', value: filter.value === 'ok' ? 'error' : 'ok' };
  const opposite = filter && OPPOSITES[filter.kind as keyof typeof OPPOSITES];
  return opposite ? { kind: opposite, value: filter.value } : filter;
}

function readPlain(piece: string): Filter | null {
  if (/^".*"$/s.test(piece)) return { kind: 'tag', value: unquote(piece) };
  const named = /^(service|operation|svc|op)\s*[:=]\s*(.+)$/is.exec(piece);
  if (named) {
    const kind = (named[1] ?? '').toLowerCase().startsWith('s') ? 'service' : 'operation';
    return { kind, value: unquote(named[2] ?? '') };
  }
  const status = /^status:(error|ok)$/i.exec(piece);
  if (status) return { kind: 'status', value: (status[1] ?? '').toLowerCase() };
  const duration = /^(duration|trace)\s*(>=?|<=?)\s*(.+)$/is.exec(piece);
  if (duration && readDuration(duration[3] ?? '') !== null) {
    const bound = duration[2]?.startsWith('>') ? 'min' : 'max';
    const whole = duration[1]?.toLowerCase() === 'trace' ? 'Trace' : '';
    const kind: DurationKey = `${bound}${whole}Duration`;
    return { kind, value: (duration[3] ?? '').replace(/\s+/g, '') };
  }
  const tag = /^([^=\s]+)\s*=\s*(.*)$/s.exec(piece);
  return { kind: 'tag', value: tag ? `${tag[1]}=${unquote(tag[2] ?? '')}` : unquote(piece) };
}

/** Spaces part filters, except in quotes and around a comparison. In quotes a backslash keeps a quote. */
function splitTyped(typed: string): string[] {
  return typed.match(PIECE) ?? [];
}

const WORD = String.raw`(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+`;
const PIECE = new RegExp(String.raw`${WORD}(?:\s*(?:[<>]=?|=)\s*${WORD})?`, 'gs');

function quoted(text: string): string {
  return /^[^\s"=<>]+$/.test(text) ? text : quote(text);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}

function unquote(text: string): string {
  const inside = /^"(.*)"$/s.exec(text);
  if (!inside) return text.trim();
  return (inside[1] ?? '').replace(/\\(["\\])/g, '$1').trim();
}

function isMany(kind: FilterKind): kind is Many {
  return kind in MANY;
}
