// What is pasted goes to the server as it is.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { questionOf } from './lookup.ts';

test.each([
  ['  req-7f3a  ', 'req-7f3a'],
  ['level=error trace_id=a&b #1', 'level%3Derror+trace_id%3Da%26b+%231'],
  ['b3: a-b\n', 'b3%3A+a-b'],
])('%s', (pasted, asked) => {
  expect(questionOf(pasted)).toEqual({ path: `api/hopline/lookup?q=${asked}` });
});

test('any text gives a question that a server takes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 25_000 }), (pasted) => {
      const question = questionOf(pasted);
      expect(question.path.length).toBeLessThanOrEqual(4000);
      if ('body' in question) {
        const [asked = ''] = question.body;
        expect(question.body).toHaveLength(1);
        expect(new TextEncoder().encode(asked).length).toBeLessThan(65_536);
        expect(pasted.trim().startsWith(asked)).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});
