// Files that are looked at: what is refused before it is sent, and the names of what is saved.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressInFile, exceeded, isPacked, savedName } from './viewed-file.ts';

test('a file is held against the limit of its kind', () => {
  const limits = { body: 16, inflated: 64 };
  expect(exceeded(64, false, limits)).toBe(null);
  expect(exceeded(65, false, limits)).toBe(64);
  expect(exceeded(16, true, limits)).toBe(null);
  expect(exceeded(17, true, limits)).toBe(16);
});

test('gzip is told by its first bytes', () => {
  expect(isPacked(Uint8Array.of(0x1f, 0x8b, 8))).toBe(true);
  expect(isPacked(new TextEncoder().encode('[{'))).toBe(false);
  expect(isPacked(new Uint8Array())).toBe(false);
});

test.each([
  ['shop.json', 'shop.otlp.json'],
  ['shop.zipkin.json.gz', 'shop.otlp.json'],
  ['', 'trace.otlp.json'],
  ['../../etc/passwd', '.._.._etc_passwd.otlp.json'],
  ['<b>주문</b>.json', '_b_주문_b_.otlp.json'],
])('what is saved of %j is %j', (name, saved) => expect(savedName(name, 'otlp')).toBe(saved));

test('no name leads out of a folder or out of an address', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, id) => {
      expect(savedName(name, 'zipkin')).not.toMatch(/[/\\<>:"|?*\p{Cc}]/u);
      const address = new URL(addressInFile(name, id, null), 'http://here');
      expect(address.pathname).toBe('/view');
      expect(address.searchParams.get('trace')).toBe(id);
    }),
  );
});
