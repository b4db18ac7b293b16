import { pathText } from '@pgwamp/config';
import * as z from 'zod';
import { checkOptions } from '../check-options.ts';
import { RouterOptionError } from '../errors.ts';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { UriRules } from '../matching/uri-rules.ts';

/** Topics whose event history is kept. */
export interface HistoryOptions {
  /** A topic, or a pattern of topics. */
  readonly uri: string;
  /** The match policy of `uri`. Default `exact`. */
  readonly match?: MatchPolicy | undefined;
  /** The number of events to keep; older events are dropped. Default: the limit of the store. */
  readonly limit?: number | undefined;
}

/**
 * The event history of a realm, in the shape of Crossbar.io's configuration. It is kept in memory only.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-event-history
 */
export interface StoreOptions {
  readonly type: 'memory';
  /** The default number of events that each history keeps. Default 100. */
  readonly limit?: number | undefined;
  /** The histories. Each has a subscription from the start; `wamp.subscription.get_events` returns its events. */
  readonly 'event-history'?: readonly HistoryOptions[] | undefined;
}

/** {@link HistoryOptions}, checked and with all defaults. */
export interface ResolvedHistory {
  readonly uri: string;
  readonly match: MatchPolicy;
  readonly limit: number;
}

const DEFAULT_LIMIT = 100;

const limit = z.int().positive().optional();

/** The schema of `StoreOptions`. */
export const STORE = z.strictObject({
  type: z.literal('memory'),
  limit: limit.describe('events of a history that are kept; default 100'),
  'event-history': z
    .array(
      z.strictObject({
        uri: z.string().describe('a topic, or a pattern of topics'),
        match: z.enum(['exact', 'prefix', 'wildcard']).optional().describe('how it matches; default: exact'),
        limit: limit.describe("events that are kept; default: the store's limit"),
      }),
    )
    .refine(areDifferent, 'each URI only once for each policy')
    .optional()
    .describe('topics whose events are kept'),
});

function areDifferent(histories: readonly { uri: string; match?: MatchPolicy | undefined }[]): boolean {
  return new Set(histories.map(({ uri, match = 'exact' }) => `${match} ${uri}`)).size === histories.length;
}

function assertUri({ uri, match }: ResolvedHistory, path: readonly PropertyKey[], uris: UriRules): void {
  try {
    uris.assertPattern(match, uri);
  } catch (cause) {
    const words = `expected a URI to match by ${match}, found ${JSON.stringify(uri)}`;
    throw new RouterOptionError(`${pathText([...path, 'uri'])}: ${words}`, { cause });
  }
}

/**
 * Returns the histories of a realm's store.
 *
 * @param path the path of the store in the options
 * @throws RouterOptionError naming path, what was found and what is expected
 */
export function historiesOf(
  store: StoreOptions | undefined,
  path: readonly PropertyKey[],
  uris: UriRules,
): readonly ResolvedHistory[] {
  if (store === undefined) return [];
  checkOptions(STORE, store, path);
  return (store['event-history'] ?? []).map(({ uri, match = 'exact', limit = store.limit ?? DEFAULT_LIMIT }, index) => {
    const history = { uri, match, limit };
    assertUri(history, [...path, 'event-history', index], uris);
    return history;
  });
}
