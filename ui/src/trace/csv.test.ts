// Cells as spreadsheets read them.
import { expect, test } from 'vitest';
import { type Cell, csvOf } from './csv.ts';

test.each<[Cell, string]>([
  ['plain', 'plain'],
  [12, '12'],
  [-12.5, '-12.5'],
  [null, ''],
  [NaN, ''],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['  =cmd|x', "'  =cmd|x"],
  ['\t=1', "'\t=1"],
  ['\r=1', '"\'\r=1"'],
  ['＝1', "'＝1"],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
])('%j becomes %j', (cell, text) => {
  expect(csvOf([[cell, 'end']])).toBe(`${text},end\r\n`);
});
