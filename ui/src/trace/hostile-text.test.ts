// Texts of strangers: only whole web addresses become links, and groups never lose an attribute.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupAttributes } from './attribute-groups.ts';
import { webAddress } from './web-address.ts';

test('only http and https become links', () => {
  expect(webAddress('https://example.org/a?b')).toBe('https://example.org/a?b');
  for (const text of [
    'javascript:alert(1)',
    ' https://a b',
    'data:text/html,x',
    'https://',
    'see https://a.b',
    '//a.b',
  ]) {
    expect(webAddress(text)).toBeNull();
  }
});

test('grouping keeps every attribute', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ key: fc.string(), value: fc.string() })), (attributes) => {
      const grouped = groupAttributes(attributes).flatMap((group) => group.attributes);
      expect(grouped).toHaveLength(attributes.length);
    }),
  );
});
