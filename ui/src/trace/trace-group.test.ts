// A group's spelling in the address, and the time before a time.
import { expect, test } from 'vitest';
import { EMPTY_QUESTION } from './question.ts';
import {
  type TraceGroup,
  compareAddress,
  rangeBefore,
  readGroup,
  writeGroup,
} from './trace-group.ts';

const search = (change: Partial<TraceGroup & { kind: 'search' }>): TraceGroup => ({
  kind: 'search',
  question: { ...EMPTY_QUESTION, limit: 100 },
  outcome: 'all',
  ...change,
});

test.each<[string, TraceGroup]>([
  ['1,2', { kind: 'ids', ids: ['1', '2'] }],
  ['1,', { kind: 'ids', ids: ['1'] }],
  ['from=-1h&to=now', search({})],
  [
    'service=a%26b&operation=get+%2F&tag=k%3Dv%3D1&tag=k2&from=-2h&to=-1h&limit=20&error=none',
    search({
      question: {
        ...EMPTY_QUESTION,
        service: 'a&b',
        operation: 'get /',
        tags: ['k=v=1', 'k2'],
        range: { from: '-2h', to: '-1h' },
        limit: 20,
      },
      outcome: 'fine',
    }),
  ],
])('%s is a group, and is written so', (text, group) => {
  expect(readGroup(text)).toEqual(group);
  expect(writeGroup(group)).toBe(text);
});

test('one trace and nothing are no groups; a limit is never more than the server reads', () => {
  expect(['', 'abc', ' , '].map(readGroup)).toEqual([null, null, null]);
  expect(readGroup('service=a&limit=5000')).toMatchObject({ question: { limit: 100 } });
});

test('groups stand in an address as they are', () => {
  const ids: TraceGroup = { kind: 'ids', ids: ['1', '2'] };
  const address = new URL(compareAddress(ids, search({})), 'http://h');
  expect(address.searchParams.get('a')).toBe('1,2');
  expect(address.searchParams.get('b')).toBe('from=-1h&to=now');
});

test('the same length of time before; relative stays relative', () => {
  expect(rangeBefore({ from: '-15m', to: 'now' }, 0)).toEqual({ from: '-30m', to: '-15m' });
  expect(rangeBefore({ from: '5000', to: '7000' }, 0)).toEqual({ from: '3000', to: '5000' });
  expect(rangeBefore({ from: '-2h', to: '-1h' }, 7_200_000 * 2)).toEqual({
    from: '3600000',
    to: '7200000',
  });
});
