// The question and the address bar: what is written is read again, and old bookmarks work.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDuration, writeDuration } from './duration-text.ts';
import { addTyped, filtersOf, typedOf, without } from './filter-text.ts';
import {
  EMPTY_QUESTION,
  LIMITS,
  type Question,
  SORTS,
  STATUSES,
  isLensAddress,
  readQuestion,
  writeQuestion,
} from './question.ts';
import { PRESETS, presetOf, resolveRange } from './time-range.ts';

const name = fc
  .string({ minLength: 1, maxLength: 20 })
  .map((text) => text.trim())
  .filter((text) => text !== '' && text !== 'all');
const duration = fc.oneof(fc.constant(''), fc.integer({ min: 1, max: 1e12 }).map(writeDuration));
const question: fc.Arbitrary<Question> = fc.record({
  service: fc.oneof(fc.constant(''), name),
  operation: fc.oneof(fc.constant(''), name),
  tags: fc.uniqueArray(name, { maxLength: 4 }),
  notServices: fc.uniqueArray(name, { maxLength: 2 }),
  notOperations: fc.uniqueArray(name, { maxLength: 2 }),
  notTags: fc.uniqueArray(name, { maxLength: 3 }),
  status: fc.constantFrom(...STATUSES),
  minDuration: duration,
  maxDuration: duration,
  minTraceDuration: duration,
  maxTraceDuration: duration,
  range: fc.constantFrom(...PRESETS).map((preset) => ({ from: `-${preset}`, to: 'now' })),
  limit: fc.constantFrom(...LIMITS),
  sort: fc.constantFrom(...SORTS),
  group: fc.oneof(
    fc.constantFrom('', 'service', 'operation', 'error'),
    name.map((key) => `tag:${key}`),
  ),
});

test('what is written to the address is read from it', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const address = new URLSearchParams(writeQuestion(asked).toString());
      expect(readQuestion(address)).toEqual(asked);
      expect(isLensAddress(address)).toBe(false);
    }),
  );
});

test('keys that are not ours are kept', () => {
  const address = writeQuestion(EMPTY_QUESTION, new URLSearchParams('theme=x&service=old'));
  expect(address.toString()).toBe('theme=x');
});

test("a bookmark of Zipkin's window is read", () => {
  const address = new URLSearchParams(
    'serviceName=payment&spanName=all&annotationQuery=error and http.path=/x&minDuration=250000&lookback=15m&endTs=1700000000000&limit=10',
  );
  expect(isLensAddress(address)).toBe(true);
  expect(readQuestion(address)).toEqual({
    ...EMPTY_QUESTION,
    service: 'payment',
    tags: ['error', 'http.path=/x'],
    minDuration: '250ms',
    range: { from: '1699999100000', to: '1700000000000' },
    limit: 10,
  });
});

test('a lookback without an end stays relative', () => {
  expect(presetOf(readQuestion(new URLSearchParams('serviceName=a&lookback=1h')).range)).toBe('1h');
});

test('durations are read as people write them, and written so that they are read again', () => {
  expect(['250ms', '1.5 s', '2m', '10us', '7', 'fast', '2,5 sec'].map(readDuration)).toEqual([
    250e6,
    1.5e9,
    120e9,
    10e3,
    7e6,
    null,
    null,
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e15 }),
      (nanos) => readDuration(writeDuration(nanos)) === nanos,
    ),
  );
});

test('typed filters become parts of the question', () => {
  const typed = addTyped(
    EMPTY_QUESTION,
    'service:payment duration > 250ms duration<2s http.path="/a b" error',
  );
  expect(typed).toMatchObject({
    service: 'payment',
    minDuration: '250ms',
    maxDuration: '2s',
    tags: ['http.path=/a b', 'error'],
  });
  expect(addTyped(typed, 'operation:"POST /charge"').operation).toBe('POST /charge');
});

/** Pieces that the grammar has a meaning for, so that they meet more often than by chance. */
const awkward = fc
  .array(
    fc.constantFrom(
      ...[
        '"',
        '\\',
        ' ',
        '=',
        '<',
        '>',
        ':',
        '-',
        '!',
        'a',
        'service',
        'duration',
        'trace',
        'status',
        '1s',
        '\n',
      ],
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((pieces) => pieces.join('').trim())
  .filter((text) => text !== '');

test('what is typed for a filter is read as that filter, alone and beside others', () => {
  const values = fc.uniqueArray(fc.oneof(name, awkward), { maxLength: 3 });
  const single = fc.oneof(fc.constant(''), name, awkward);
  const asked = fc.record({
    service: single,
    operation: single,
    status: fc.constantFrom(...STATUSES),
    minDuration: duration,
    maxDuration: duration,
    minTraceDuration: duration,
    maxTraceDuration: duration,
    tags: values,
    notServices: values,
    notOperations: values,
    notTags: values,
  });
  fc.assert(
    fc.property(asked, (filters) => {
      const whole: Question = { ...EMPTY_QUESTION, ...filters };
      const typed = filtersOf(whole).map(typedOf);
      expect(addTyped(EMPTY_QUESTION, typed.join(' '))).toEqual(whole);
      expect(typed.reduce(addTyped, EMPTY_QUESTION)).toEqual(whole);
    }),
    { numRuns: 1000 },
  );
});

test('a minus or an exclamation mark excludes', () => {
  const typed = addTyped(
    EMPTY_QUESTION,
    '-http.route=/healthz !error -service:"load balancer" -op:ping -status:ok -"-odd key" "-kept"',
  );
  expect(typed).toEqual({
    ...EMPTY_QUESTION,
    notTags: ['http.route=/healthz', 'error', '-odd key'],
    notServices: ['load balancer'],
    notOperations: ['ping'],
    status: 'error',
    tags: ['-kept'],
  });
  expect(typedOf({ kind: 'notTag', value: 'a=b c' })).toBe('-"a=b c"');
  expect(typedOf({ kind: 'tag', value: 'http.method=GET' })).toBe('http.method=GET');
});

test('taking every filter away leaves the empty question', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const bare = filtersOf(asked).reduce(without, asked);
      expect(filtersOf(bare)).toEqual([]);
      expect(bare.range).toEqual(asked.range);
    }),
  );
});

test('a range in the wrong order is turned round', () => {
  expect(resolveRange({ from: '2000', to: '1000' }, 0)).toEqual({ from: 1000, to: 2000 });
});
