// Finding the ids in what was pasted.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idsIn } from './pasted.ts';

const TRACE = '463ac35c9f6413ad48485a3953bb6124';
const SPAN = 'a2fb4a1d1a96d312';

test.each([
  [TRACE, [TRACE]],
  ['  req-7f3a  ', ['req-7f3a']],
  [`00-${TRACE}-${SPAN}-01`, [`00-${TRACE}-${SPAN}-01`]],
  [`03:07 ERROR [payment,${TRACE},${SPAN}] 1 --- failed`, [`${TRACE}-${SPAN}`]],
  [`level=error msg="no" trace_id=${TRACE} status=504`, [TRACE]],
  [`{"message": "no", "traceId": "${TRACE}", "spanId": "${SPAN}"}`, [TRACE, SPAN]],
  [`Host: shop\ntraceparent: 00-${TRACE}-${SPAN}-01`, [`00-${TRACE}-${SPAN}-01`]],
  ['WARN orders request_id=req-7f3a again', ['req-7f3a']],
  [
    'order of b7f1a9c2-50de-4c11-8a01-0123456789ab failed',
    ['b7f1a9c2-50de-4c11-8a01-0123456789ab'],
  ],
  [`at ${TRACE.toUpperCase()}.`, [TRACE.toUpperCase()]],
  ['nothing to see here', ['nothing to see here']],
  ['', []],
])('%s', (pasted, ids) => {
  expect(idsIn(pasted)).toEqual(ids);
});

test('any text gives few questions, none of them empty or long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 2000 }), (text) => {
      const ids = idsIn(text);
      expect(ids.length).toBeLessThanOrEqual(6);
      for (const id of ids) expect(id.trim().length > 0 && id.length <= 200).toBe(true);
      expect(ids.length > 0).toBe(text.trim() !== '');
    }),
  );
});
