// Numbers and times in the words of the design, in both languages.
import { expect, test } from 'vitest';
import {
  formatAgo,
  formatAxis,
  formatClock,
  formatCount,
  formatDate,
  formatDuration,
  formatShare,
  formatSigned,
  formatZone,
  tellTimesIn,
  zoneOffset,
} from './format.ts';

const plain = (text: string) => text.replaceAll(' ', ' ');

test.each([
  [0, '0', '0'],
  [null, '–', '–'],
  [NaN, '–', '–'],
  [820, '820 ns', '820 ns'],
  [0.4, '1 ns', '1 ns'],
  [999.9, '1.00 µs', '1.00 µs'],
  [1_200_000, '1.20 ms', '1.20 ms'],
  [16_400_000, '16.4 ms', '16.4 ms'],
  [357_600_000, '358 ms', '358 ms'],
  [999_600_000, '1.00 s', '1.00 s'],
  [2_410_000_000, '2.41 s', '2.41 s'],
  [59_960_000_000, '1 min 0 s', '1분 0초'],
  [72e9, '1 min 12 s', '1분 12초'],
  [7500e9, '2 h 05 min', '2시간 05분'],
])('%s nanoseconds are "%s" and "%s"', (nanos, en, ko) => {
  expect(plain(formatDuration(nanos, 'en'))).toBe(en);
  expect(plain(formatDuration(nanos, 'ko'))).toBe(ko);
});

test('signs are said, and the minus is a true one', () => {
  expect(plain(formatSigned(1_250_000_000, 'en'))).toBe('+1.25 s');
  expect(plain(formatSigned(-38_000_000, 'en'))).toBe('−38.0 ms');
});

test('an axis has the shortest exact text', () => {
  expect([0, 500e6, 1e9, 1.5e9].map(formatAxis).map(plain)).toEqual([
    '0',
    '500 ms',
    '1 s',
    '1.5 s',
  ]);
});

test('counts, shares and ago', () => {
  expect(formatCount(1284, 'en')).toBe('1,284');
  expect([0, 0.0004, 0.031, 0.5].map(formatShare)).toEqual(['0%', '<0.1%', '3.1%', '50%']);
  const now = 1_700_000_000_000;
  expect([3, 52, 240].map((seconds) => formatAgo(now - seconds * 1000, now, 'en'))).toEqual([
    'just now',
    '52 s ago',
    '4 min ago',
  ]);
  expect([3, 52, 240].map((seconds) => formatAgo(now - seconds * 1000, now, 'ko'))).toEqual([
    '방금',
    '52초 전',
    '4분 전',
  ]);
});

test('times are told in the chosen zone', () => {
  const at = 1_700_000_000_123;
  const local = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  expect(formatClock(at, 'minutes')).toBe(`${two(local.getHours())}:${two(local.getMinutes())}`);
  tellTimesIn('utc');
  try {
    expect(formatClock(at, 'millis')).toBe('22:13:20.123');
    expect(formatDate(at, 'en', at)).toMatch(/14 Nov$/);
    expect(formatDate(at, 'ko', at)).toMatch(/^11월 14일/);
    // 2024 began in UTC 20 seconds before.
    expect(formatDate(1_704_067_220_000, 'en', at)).toMatch(/1 Jan 2024$/);
    expect([formatZone(at), zoneOffset(at)]).toEqual(['UTC', 0]);
  } finally {
    tellTimesIn('local');
  }
});
