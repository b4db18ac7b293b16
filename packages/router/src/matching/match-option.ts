import { toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { MatchPolicy } from './pattern-map.ts';

/**
 * Reads the option `match` of SUBSCRIBE and REGISTER. An unknown value is refused: a pattern handled as a plain URI
 * would seem to succeed but never match.
 *
 * @throws RequestError `wamp.error.option_not_allowed`
 */
export function matchOption(match: unknown): MatchPolicy {
  if (match === undefined || match === 'exact') return 'exact';
  if (match === 'prefix' || match === 'wildcard') return match;
  const words = `match: expected exact, prefix or wildcard, found ${toText(match)}`;
  throw new RequestError(Uri.OPTION_NOT_ALLOWED, words);
}
