// Filling messages with named values.
import { expect, test } from 'vitest';
import { fillMessage, placesOf } from './message.ts';

const digits = (count: number) => count.toLocaleString('en-US');

test('values, counts and plurals', () => {
  expect(fillMessage('by {service}', { service: '{x}' }, digits)).toBe('by {x}');
  const message = '{count, plural, one {# trace} other {# traces of {name}}}';
  expect(fillMessage(message, { count: 1, name: 'a' }, digits)).toBe('1 trace');
  expect(fillMessage(message, { count: 1200, name: 'a' }, digits)).toBe('1,200 traces of a');
  expect(placesOf(message)).toEqual(['count', 'name']);
});
