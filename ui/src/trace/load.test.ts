// What is worth a badge, what comes first, and when something rose.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Load,
  type Measured,
  changeOf,
  examplesOf,
  isSlower,
  riseOf,
  sortServices,
} from './load.ts';

const load = (requests: number, errors = 0, p99: number | null = 10e6): Load => ({
  requests,
  errors,
  p50: p99,
  p90: p99,
  p99,
});
const measured = (now: Load, before: Load | null = load(100)): Measured => ({
  ...now,
  before,
  series: [],
});

test.each([
  [measured(load(100)), null],
  [measured(load(0)), null],
  [measured(load(19, 19)), 'few'],
  [measured(load(100), null), 'new'],
  [measured(load(100), load(0)), 'new'],
  [measured(load(100, 5)), 'failing'],
  [measured(load(100, 5), load(100, 4)), null],
  [measured(load(1000, 5)), null],
  [measured(load(100, 0, 16e6)), 'slower'],
  [measured(load(100, 0, 14e6)), null],
  [measured(load(100, 0, 16e6), load(5)), null],
  [measured(load(100, 9, 90e6)), 'failing'],
] as const)('case %#', (now, expected) => expect(changeOf(now)).toBe(expected));

test('a microsecond that doubled is no slowness', () => {
  expect(isSlower(2e3, 1e3)).toBe(false);
  expect(isSlower(null, 1e9)).toBe(false);
  expect(isSlower(3e9, 1e9)).toBe(true);
});

test('what changed comes first, then what is used most', () => {
  const services = [
    { service: 'busy', ...measured(load(9000)) },
    { service: 'slow', ...measured(load(100, 0, 90e6)) },
    { service: 'failing', ...measured(load(50, 9)) },
  ];
  const names = (sort: Parameters<typeof sortServices>[1]) =>
    sortServices(services, sort).map(({ service }) => service);
  expect(names('change')).toEqual(['failing', 'slow', 'busy']);
  expect(names('rate')).toEqual(['busy', 'slow', 'failing']);
  expect(names('errors')[0]).toBe('failing');
  expect(names('name')).toEqual(['busy', 'failing', 'slow']);
});

const series = (values: readonly (number | null)[]) =>
  values.map((p99, index) => ({ startMillis: index, ...load(1, 0, p99) }));

test('the time of a rise is where it began; a flat or a falling line has none', () => {
  const p99 = (point: Load) => point.p99;
  expect(riseOf(series([1, 1, 1, 1, 9, 9, 9]), p99)).toBe(4);
  expect(riseOf(series([1, 1, null, 1, 1, 9, null, 9, 9]), p99)).toBe(5);
  expect(riseOf(series([5, 5, 5, 5, 5, 5]), p99)).toBeNull();
  expect(riseOf(series([9, 9, 9, 1, 1, 1]), p99)).toBeNull();
  expect(riseOf(series([1, 1, 1, 9]), p99)).toBeNull();
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(1000))), (values) => {
      const at = riseOf(series(values), p99);
      expect(at === null || (at > 0 && at < values.length)).toBe(true);
    }),
  );
});

test('examples are told once, the slowest first, the failing by time', () => {
  const one = (traceId: string, durationNano: number, startMillis: number, error = false) => ({
    traceId,
    durationNano,
    startMillis,
    error,
  });
  const measured = [
    { exemplars: [one('a', 5, 1), one('b', 9, 2, true)] },
    { exemplars: [one('a', 7, 1), one('c', 1, 3, true)] },
  ];
  const ids = (which: 'slow' | 'failing') =>
    examplesOf(measured, which).map(({ traceId, durationNano }) => `${traceId}${durationNano}`);
  expect(ids('slow')).toEqual(['b9', 'a7', 'c1']);
  expect(ids('failing')).toEqual(['c1', 'b9']);
});
