import { pathText } from '@pgwamp/config';
import * as z from 'zod';
import { checkOptions } from '../check-options.ts';
import { RouterOptionError } from '../errors.ts';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { UriRules } from '../matching/uri-rules.ts';
import type { StoreOptions } from './store-options.ts';

/** A history to keep: the options, checked and complete. */
export interface HistoryPlan {
  readonly uri: string;
  readonly match: MatchPolicy;
  readonly limit: number;
}

const DEFAULT_LIMIT = 100;

const limit = z.int().positive().optional();

/** The shape of `StoreOptions`. */
export const STORE = z.strictObject({
  type: z.literal('memory'),
  limit,
  'event-history': z
    .array(z.strictObject({ uri: z.string(), match: z.enum(['exact', 'prefix', 'wildcard']).optional(), limit }))
    .refine(areDifferent, 'each URI once for each policy')
    .optional(),
});

function areDifferent(histories: readonly { uri: string; match?: MatchPolicy | undefined }[]): boolean {
  return new Set(histories.map(({ uri, match = 'exact' }) => `${match} ${uri}`)).size === histories.length;
}

function assertUri({ uri, match }: HistoryPlan, path: readonly PropertyKey[], uris: UriRules): void {
  try {
    uris.assertPattern(match, uri);
  } catch (cause) {
    const words = `expected a URI to match by ${match}, found ${JSON.stringify(uri)}`;
    throw new RouterOptionError(`${pathText([...path, 'uri'])}: ${words}`, { cause });
  }
}

/**
 * The histories that a realm's store keeps.
 *
 * @param path where the store stands among the options
 * @throws RouterOptionError naming path, what was found and what is expected
 */
export function historiesOf(
  store: StoreOptions | undefined,
  path: readonly PropertyKey[],
  uris: UriRules,
): readonly HistoryPlan[] {
  if (store === undefined) return [];
  checkOptions(STORE, store, path);
  return (store['event-history'] ?? []).map(({ uri, match = 'exact', limit = store.limit ?? DEFAULT_LIMIT }, index) => {
    const plan = { uri, match, limit };
    assertUri(plan, [...path, 'event-history', index], uris);
    return plan;
  });
}
