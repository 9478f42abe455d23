// The time axis under zooming and panning.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pan, ticks, toNanos, toPixels, zoomAround } from './scale.ts';

const whole = { start: 0, end: 2.41e9 };
const inside = fc.double({ min: 0, max: 1, noNaN: true });

test('zoom and pan never leave the whole', () => {
  fc.assert(
    fc.property(
      inside,
      inside,
      fc.double({ min: 0.05, max: 20, noNaN: true }),
      (at, share, factor) => {
        const zoom = pan(zoomAround(whole, whole, at * whole.end, factor), whole, share);
        expect(zoom.start).toBeGreaterThanOrEqual(0);
        expect(zoom.end).toBeLessThanOrEqual(whole.end * (1 + 1e-12));
        expect(zoom.end).toBeGreaterThan(zoom.start);
      },
    ),
  );
});

test('pixels and nanoseconds are each other’s inverse', () => {
  fc.assert(
    fc.property(inside, (share) => {
      const nanos = share * whole.end;
      expect(toNanos(toPixels(nanos, whole, 700), whole, 700)).toBeCloseTo(nanos, 0);
    }),
  );
});

test('ticks are round and few', () => {
  expect(ticks(whole, 6)).toEqual([0, 500e6, 1e9, 1.5e9, 2e9]);
  expect(ticks({ start: 0, end: 7200e9 }, 6).length).toBeLessThanOrEqual(7);
});
