// What is asked of the store, and its spelling in the address bar.
import { readDuration, writeDuration } from './duration-text.ts';
import { DEFAULT_RANGE, type TimeRange, readTime } from './time-range.ts';

export const SORTS = ['newest', 'longest', 'errors'] as const;
export type Sort = (typeof SORTS)[number];
export const LIMITS = [20, 50, 100, 250, 1000] as const;
export const DEFAULT_LIMIT = 50;

export const DURATIONS = [
  'minDuration',
  'maxDuration',
  'minTraceDuration',
  'maxTraceDuration',
] as const;
export type DurationKey = (typeof DURATIONS)[number];
export const STATUSES = ['', 'error', 'ok'] as const;
/** "": of any. */
export type Status = (typeof STATUSES)[number];

export interface Question {
  service: string;
  operation: string;
  /** Each is "key=value" or "key". */
  tags: readonly string[];
  /** What no span of the trace may have or be; operations and tags: no span of the service, if one is asked for. */
  notServices: readonly string[];
  notOperations: readonly string[];
  notTags: readonly string[];
  status: Status;
  /** Human text such as 250ms; kept as typed, so that a mistake is not lost. */
  minDuration: string;
  maxDuration: string;
  /** Of the whole trace, as the chart shows it; the two before are of one of its spans. */
  minTraceDuration: string;
  maxTraceDuration: string;
  range: TimeRange;
  limit: number;
  sort: Sort;
  /** "service", "operation", "error", "tag:key", or "" for no groups. */
  group: string;
}

export const EMPTY_QUESTION: Question = {
  service: '',
  operation: '',
  tags: [],
  notServices: [],
  notOperations: [],
  notTags: [],
  status: '',
  minDuration: '',
  maxDuration: '',
  minTraceDuration: '',
  maxTraceDuration: '',
  range: DEFAULT_RANGE,
  limit: DEFAULT_LIMIT,
  sort: 'newest',
  group: '',
};

/** Reads our own keys, and those of Zipkin Lens, so that old bookmarks work. */
export function readQuestion(address: URLSearchParams): Question {
  const text = (key: string) => address.get(key)?.trim() ?? '';
  const limit = Number(text('limit'));
  const sort = SORTS.find((sort) => sort === text('sort')) ?? 'newest';
  const all = (key: string) => unique(address.getAll(key).map((value) => value.trim()));
  return {
    service: text('service') || lensName(text('serviceName')),
    operation: text('operation') || lensName(text('spanName')),
    tags: unique([
      ...address.getAll('tag').map((tag) => tag.trim()),
      ...text('annotationQuery').split(/\s+and\s+/),
    ]),
    notServices: all('notService'),
    notOperations: all('notOperation'),
    notTags: all('notTag'),
    status: STATUSES.find((status) => status === text('status')) ?? '',
    minDuration: lensDuration(text('minDuration')),
    maxDuration: lensDuration(text('maxDuration')),
    minTraceDuration: text('minTraceDuration'),
    maxTraceDuration: text('maxTraceDuration'),
    range: readRange(address),
    limit: Number.isInteger(limit) && limit > 0 && limit <= 10_000 ? limit : DEFAULT_LIMIT,
    sort,
    group: GROUP.test(text('group')) ? text('group') : '',
  };
}

/** Writes the question over an address; keys that are not ours are kept. */
export function writeQuestion(question: Question, before?: URLSearchParams): URLSearchParams {
  const address = new URLSearchParams(before);
  for (const key of [...OUR_KEYS, ...LENS_KEYS]) address.delete(key);
  const set = (key: string, value: string, unless = '') => {
    if (value !== unless) address.set(key, value);
  };
  set('service', question.service);
  set('operation', question.operation);
  for (const [key, values] of [
    ['tag', question.tags],
    ['notService', question.notServices],
    ['notOperation', question.notOperations],
    ['notTag', question.notTags],
  ] as const) {
    for (const value of values) address.append(key, value);
  }
  set('status', question.status);
  for (const key of DURATIONS) set(key, question[key]);
  set('from', question.range.from, DEFAULT_RANGE.from);
  set('to', question.range.to, DEFAULT_RANGE.to);
  set('limit', String(question.limit), String(DEFAULT_LIMIT));
  set('sort', question.sort, 'newest');
  set('group', question.group);
  return address;
}

/** True when the address speaks Lens' language and should be rewritten into ours. */
export function isLensAddress(address: URLSearchParams): boolean {
  return (
    LENS_KEYS.some((key) => address.has(key)) ||
    [address.get('minDuration'), address.get('maxDuration')].some((text) =>
      /^\d+$/.test(text ?? ''),
    )
  );
}

/** Where the question cannot be asked as it stands. */
export function mistakes(question: Question): DurationKey[] {
  const wrong = (text: string) => text !== '' && readDuration(text) === null;
  return DURATIONS.filter((key) => wrong(question[key]));
}

function readRange(address: URLSearchParams): TimeRange {
  const from = address.get('from') ?? '';
  const to = address.get('to') ?? '';
  if (from || to) {
    return {
      from: readTime(from, 0) === null ? DEFAULT_RANGE.from : from,
      to: readTime(to, 0) === null ? DEFAULT_RANGE.to : to,
    };
  }
  const lookback = address.get('lookback') ?? '';
  const endTs = address.get('endTs') ?? '';
  const custom = /^\d+$/.test(address.get('startTs') ?? '') ? address.get('startTs') : null;
  if (/^\d+$/.test(endTs)) {
    const width = lensLookback(lookback) ?? 3_600_000;
    return { from: custom ?? String(Number(endTs) - width), to: endTs };
  }
  if (/^\d+[smhdw]$/.test(lookback)) return { from: `-${lookback}`, to: 'now' };
  const width = lensLookback(lookback);
  return width === null ? DEFAULT_RANGE : { from: `-${Math.round(width / 1000)}s`, to: 'now' };
}

/** Lens writes 15m, 1h, or plain milliseconds. */
function lensLookback(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  const millis = readTime(`-${text}`, 0);
  return millis === null ? null : -millis;
}

/** Lens writes durations as plain microseconds; ours always carry a unit. */
function lensDuration(text: string): string {
  return /^\d+$/.test(text) ? writeDuration(Number(text) * 1000) : text;
}

function lensName(text: string): string {
  return text === 'all' ? '' : text;
}

const GROUP = /^(service|operation|error|tag:.+)$/s;

function unique(tags: string[]): string[] {
  return [...new Set(tags.filter(Boolean))];
}

const OUR_KEYS = [
  'service',
  'operation',
  'tag',
  'notService',
  'notOperation',
  'notTag',
  'status',
  ...DURATIONS,
  'from',
  'to',
  'limit',
  'sort',
  'group',
];
const LENS_KEYS = ['serviceName', 'spanName', 'annotationQuery', 'lookback', 'endTs', 'startTs'];
