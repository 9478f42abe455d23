// Rates, bytes and factors: three digits, in the unit that a reader can picture.
import { expect, test } from 'vitest';
import { formatBytes, formatFactor, formatRate } from './quantity.ts';

test.each([
  [null, '–', '–'],
  [0, '0', '0'],
  [42.1, '42.1/s', '초당 42.1회'],
  [1284.4, '1,284/s', '초당 1,284회'],
  [21.4 / 60, '21.4/min', '분당 21.4회'],
  [0.2 / 60, '12.0/h', '시간당 12.0회'],
  [1 / 86_400, '0.04/h', '시간당 0.04회'],
  [1, '1.00/s', '초당 1.00회'],
] as const)('%s a second', (rate, en, ko) => {
  expect([formatRate(rate, 'en'), formatRate(rate, 'ko')]).toEqual([en, ko]);
});

test.each([
  [0, '0\u00a0B'],
  [45, '45\u00a0B'],
  [1229, '1.20\u00a0KiB'],
  [3.4 * 1024 ** 3, '3.40\u00a0GiB'],
  [1023 * 1024 ** 2, '1,023\u00a0MiB'],
  [2 ** 63, '8,192\u00a0PiB'],
  [null, '–'],
])('%s bytes are %s', (bytes, text) => expect(formatBytes(bytes, 'en')).toBe(text));

test.each([
  [4.62, '4.6×', '4.6배'],
  [9.96, '10×', '10배'],
  [1200, '1,200×', '1,200배'],
  [Infinity, '–', '–'],
])('%s times', (factor, en, ko) => {
  expect([formatFactor(factor, 'en'), formatFactor(factor, 'ko')]).toEqual([en, ko]);
});
