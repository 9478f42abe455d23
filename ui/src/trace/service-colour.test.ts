// The design's test vectors for service colours.
import { expect, test } from 'vitest';
import { SHAPES, serviceClass, serviceMark } from './service-colour.ts';

test.each([
  ['web-frontend', 6, 1],
  ['api-gateway', 11, 2],
  ['orders', 4, 1],
  ['users', 1, 3],
  ['inventory', 10, 2],
  ['pricing', 7, 3],
  ['payment', 9, 3],
  ['acme-pay', 0, 3],
  ['redis', 3, 2],
  ['postgresql', 8, 2],
  ['kafka', 5, 0],
  ['email', 2, 2],
  ['shipping', 9, 2],
])('%s has slot %i and shape %i', (name, slot, shape) => {
  expect(serviceMark(name)).toEqual({ slot, shape: SHAPES[shape] });
});

test('case does not change a colour, and no name has its own class', () => {
  expect(serviceMark('Orders')).toEqual(serviceMark('orders'));
  expect(serviceClass(null)).toBe('s-none');
  expect(serviceClass('orders')).toBe('s4');
});
