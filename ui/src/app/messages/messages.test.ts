// The catalogues: nothing unused, nothing missing, the same named values in every language.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { placesOf } from '../../trace/message.ts';
import { en, type MessageKey } from './en.ts';
import { ko } from './ko.ts';

const keys = Object.keys(en) as MessageKey[];
const source = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.includes('messages'))
  .map((path) => readFileSync(join('src', path), 'utf8'))
  .join('\n');

/** Keys that are put together: t(`time.${preset}`) uses every key that begins with "time.". */
const built = [...source.matchAll(/t\(\s*`([\w.]+\.)\$\{/g)].map((match) => match[1] ?? '');

test('no message is told in two files', () => {
  const files = readdirSync('src/app/messages').filter((file) => file.startsWith('en'));
  const told = files.flatMap((file) =>
    [...readFileSync(join('src/app/messages', file), 'utf8').matchAll(/^ {2}'([^']+)':/gm)].map(
      (match) => match[1],
    ),
  );
  expect(told.length).toBeGreaterThanOrEqual(keys.length / 2);
  expect(told.filter((key, place) => told.indexOf(key) !== place)).toEqual([]);
});

test('every message is used', () => {
  const unused = keys.filter(
    (key) =>
      !source.includes(`'${key}'`) &&
      !source.includes(`"${key}"`) &&
      !built.some((start) => key.startsWith(start)),
  );
  expect(unused).toEqual([]);
});

test('both languages expect the same values', () => {
  for (const key of keys) expect([key, placesOf(ko[key])]).toEqual([key, placesOf(en[key])]);
});

test('no Korean message was left in English by mistake', () => {
  const same = keys.filter(
    (key) => ko[key] === en[key] && /[a-z]{3}/i.test(en[key].replace(/\{.*?\}/g, '')),
  );
  expect(same).toEqual(['first.door.zipkin']);
});
