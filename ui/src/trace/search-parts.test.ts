// What is made of a search: live tail, groups, saved searches, files, and the box in the chart.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cell, exportName, exportText } from './export.ts';
import { LIVE_BACK, NOT_LIVE, SHOWN_MAX, WAITING_MAX, beyond, look, showWaiting } from './live.ts';
import { intoGroups } from './overview.ts';
import {
  NAME_MAX,
  SAVED_MAX,
  deleteSearch,
  readSaved,
  renameSearch,
  saveSearch,
} from './saved-searches.ts';
import { type Frame, firstBox, moveBox } from './scatter.ts';
import type { SearchAnswer, TraceSummary } from './summary.ts';

function trace(number: number, more: Partial<TraceSummary> = {}): TraceSummary {
  return {
    traceId: String(number),
    startMillis: number,
    durationNano: 1_500_000,
    root: { service: 'shop', operation: 'get' },
    spanCount: 2,
    errorCount: 0,
    services: [{ name: 'shop', spanCount: 2, errorCount: 0 }],
    criticalByService: [],
    errorOrigin: null,
    standing: null,
    ...more,
  };
}

function answer(numbers: readonly number[], truncated = false): SearchAnswer {
  const traces = numbers.map((number) => trace(number));
  return { traces, truncated, searched: { from: 0, to: 1 }, nextCursor: null };
}

const ids = (traces: readonly TraceSummary[]) => traces.map((one) => Number(one.traceId));

test('what was there before is not new, what comes after waits until it is asked for', () => {
  let live = look(NOT_LIVE, answer([120, 90, 80]), 1000, 100);
  expect(ids(live.waiting)).toEqual([120]);
  // A late trace that began earlier is new as well.
  live = look(live, answer([130, 120, 95, 90]), 3000, 100);
  expect([ids(live.waiting), ids(live.shown)]).toEqual([[130, 120, 95], []]);
  live = showWaiting(live);
  expect([ids(live.waiting), ids(live.shown)]).toEqual([[], [130, 120, 95]]);
  live = look(live, answer([140, 130, 95]), 5000, 100);
  expect([ids(live.waiting), ids(live.shown)]).toEqual([[140], [130, 120, 95]]);
  expect(ids(beyond(live.shown, [trace(120)]))).toEqual([130, 95]);
});

test('of a trace that waits the latest state is kept', () => {
  let live = look(NOT_LIVE, answer([120]), 1000, 100);
  const grown = { ...answer([]), traces: [trace(120, { spanCount: 7 })] };
  live = look(live, grown, 3000, 100);
  expect(live.waiting.map((one) => one.spanCount)).toEqual([7]);
});

test('live tail is bounded, and tells each trace once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat({ max: 2000 }), { maxLength: 120 }), { maxLength: 12 }),
      fc.nat({ max: 5 }),
      (looks, every) => {
        let live = NOT_LIVE;
        looks.forEach((numbers, index) => {
          live = look(live, answer(numbers, numbers.length > 100), 1000 * (index + 1), 0);
          if (index % (every + 1) === 0) live = showWaiting(live);
          expect(live.waiting.length).toBeLessThanOrEqual(WAITING_MAX);
          expect(live.shown.length).toBeLessThanOrEqual(SHOWN_MAX);
          const all = ids([...live.waiting, ...live.shown]);
          expect(new Set(all).size).toBe(all.length);
        });
      },
    ),
  );
  // What no look can find again is forgotten.
  const old = look(NOT_LIVE, answer([1]), 1, 0);
  expect([...look(old, answer([]), 3 * LIVE_BACK, 0).known.keys()]).toEqual([]);
});

test('listed traces stand under their groups, others apart', () => {
  const group = (name: string, traceIds: string[]) => ({
    service: null,
    name,
    count: traceIds.length,
    errorCount: 0,
    durations: { p50: 1, p99: 1, max: 1 },
    traceIds,
  });
  const { grouped, rest } = intoGroups(
    [trace(3), trace(2), trace(1), trace(9)],
    [group('a', ['1', '3']), group('b', ['2', '7'])],
  );
  expect(grouped.map((one) => [one.group.name, ids(one.traces)])).toEqual([
    ['a', [3, 1]],
    ['b', [2]],
  ]);
  expect(ids(rest)).toEqual([9]);
});

test('saved searches: a name stands for one, bounds hold, and what is no search is passed over', () => {
  const saved = saveSearch(
    saveSearch(saveSearch([], { name: ' a ', address: 'service=x' }), { name: 'b', address: '' }),
    { name: 'a', address: 'service=y' },
  );
  expect(saved).toEqual([
    { name: 'b', address: '' },
    { name: 'a', address: 'service=y' },
  ]);
  expect(renameSearch(saved, 'a', 'b')).toEqual([{ name: 'b', address: 'service=y' }]);
  expect(renameSearch(saved, 'a', ' ')).toEqual(saved);
  expect(deleteSearch(saved, 'b')).toEqual([{ name: 'a', address: 'service=y' }]);
  expect(saveSearch(saved, { name: ' ', address: 'x' })).toEqual(saved);
  expect(saveSearch(saved, { name: 'c', address: 'x'.repeat(9000) })).toEqual(saved);
  expect(readSaved(JSON.stringify(saved))).toEqual(saved);
  for (const broken of [null, '', '{', '7', '{"name":"a"}', '[1,null,{"name":1,"address":"x"}]'])
    expect(readSaved(broken)).toEqual([]);
  const many = Array.from({ length: 300 }, (_, index) => ({
    name: `${index}${'x'.repeat(200)}`,
    address: '',
  }));
  const kept = readSaved(JSON.stringify(many));
  expect(kept.length).toBe(SAVED_MAX);
  expect(kept.every((search) => search.name.length === NAME_MAX)).toBe(true);
  fc.assert(fc.property(fc.string(), (text) => void readSaved(text)));
});

test('a cell is never a formula, and is read again as it was', () => {
  expect(['=1+1', '+1', '-1', '@x', '\t=1', 'a=1', '', '"a", b', 'a\nb', '=a,b'].map(cell)).toEqual(
    ["'=1+1", "'+1", "'-1", "'@x", "'\t=1", 'a=1', '', '"""a"", b"', '"a\nb"', '"\'=a,b"'],
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const written = cell(text);
      const read = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
      expect(/^[=+\-@\t\r]/.test(read)).toBe(false);
      expect(read === text || read === `'${text}`).toBe(true);
    }),
  );
});

test('the list as a file', () => {
  const traces = [
    trace(1_700_000_000_123, {
      root: { service: '=cmd()', operation: 'get, "all"' },
      errorCount: 1,
      errorOrigin: { service: 'till', text: '-declined' },
    }),
  ];
  const csv = exportText(traces, 'csv', 'http://host/traces/');
  expect(csv.split('\r\n')).toEqual([
    'trace,start,duration_ms,service,operation,spans,errors,error_service,error,services,address',
    `1700000000123,2023-11-14T22:13:20.123Z,1.5,'=cmd(),"get, ""all""",2,1,till,'-declined,shop,http://host/traces/1700000000123`,
    '',
  ]);
  expect(JSON.parse(exportText(traces, 'json', ''))).toMatchObject([
    { traceId: '1700000000123', start: '2023-11-14T22:13:20.123Z', durationNano: 1_500_000 },
  ]);
  expect(exportName('csv', 1_700_000_000_000)).toBe('hopline-traces-20231114T2213Z.csv');
});

test('the box stays in the chart, wherever keys move it', () => {
  const frame: Frame = { from: 0, to: 1, shortest: 1, longest: 10, width: 300, height: 100 };
  expect(moveBox(firstBox(frame), 'a', false, frame)).toBe(null);
  const keys = fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown');
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, fc.boolean()), { maxLength: 80 }), (presses) => {
      let box = firstBox(frame);
      for (const [key, sizes] of presses) {
        box = moveBox(box, key, sizes, frame) ?? box;
        expect(box.left).toBeGreaterThanOrEqual(-1e-9);
        expect(box.top).toBeGreaterThanOrEqual(-1e-9);
        expect(box.right).toBeLessThanOrEqual(frame.width + 1e-9);
        expect(box.bottom).toBeLessThanOrEqual(frame.height + 1e-9);
        expect(box.right - box.left).toBeGreaterThan(0);
        expect(box.bottom - box.top).toBeGreaterThan(0);
      }
    }),
  );
});
