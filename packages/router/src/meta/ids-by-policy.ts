import type { Dict } from '@pgwamp/protocol';
import type { MatchPolicy } from '../matching/pattern-map.ts';

/** The ids of all subscriptions or registrations, apart by how they match. */
export function idsByPolicy(all: Iterable<{ readonly id: number; readonly match: MatchPolicy }>): Dict {
  const lists: Record<MatchPolicy, number[]> = { exact: [], prefix: [], wildcard: [] };
  for (const { id, match } of all) lists[match].push(id);
  return lists;
}
