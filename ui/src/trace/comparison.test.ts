// Which rows stay when only differences are shown.
import { expect, test } from 'vitest';
import { type ComparedHop, differing, differs, mostOf } from './comparison.ts';

const hop = (parent: number | null, change: ComparedHop['change']) =>
  ({ parent, change }) as ComparedHop;

test('what differs stays, with those above it; what is the same goes', () => {
  const hops = [hop(null, 'same'), hop(0, 'same'), hop(1, 'added'), hop(0, 'same')];
  expect([...differing(hops, differs)].sort()).toEqual([0, 1, 2]);
  expect(differing([hop(null, 'same')], differs).size).toBe(0);
});

test('the hop that makes most of the difference is named, when it makes a part that can be told', () => {
  const hops = [{ differenceNano: 10 }, { differenceNano: 60 }, { differenceNano: -5 }];
  expect(mostOf(hops, 100)).toEqual({ hop: hops[1], percent: 60 });
  expect(mostOf(hops, -50)).toEqual({ hop: hops[2], percent: 10 });
  // More than all of it would be no share.
  expect(mostOf(hops, 30)).toBeNull();
  expect(mostOf(hops, 0)).toBeNull();
  expect(mostOf(hops, null)).toBeNull();
});
