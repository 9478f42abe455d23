// Which rows stay when only differences are shown.
import { expect, test } from 'vitest';
import { type ComparedHop, differing } from './comparison.ts';

const hop = (parent: number | null, change: ComparedHop['change']) =>
  ({ parent, change }) as ComparedHop;

test('what differs stays, with those above it; what is the same goes', () => {
  const hops = [hop(null, 'same'), hop(0, 'same'), hop(1, 'added'), hop(0, 'same')];
  expect([...differing(hops)].sort()).toEqual([0, 1, 2]);
  expect(differing([hop(null, 'same')]).size).toBe(0);
});
