import { WampError } from '../../errors.ts';
import type { Batch, HandledEvent } from './batch.ts';

/** SQL that claims events, with its parameters. */
export interface Claim {
  /**
   * The SQL expression. Its parameters start at `$1`. Its value has a `1` for each successful claim and a `0` for each
   * other one.
   */
  readonly text: string;
  readonly values: readonly string[];
  /** Whether each event is claimed separately, or all of them together. */
  readonly each: boolean;
}

/**
 * Creates the claim for the events of a batch. In a queue group, each event is claimed separately. Otherwise, the name
 * and the number of the batch are claimed, so that a committed batch is not handled again.
 *
 * @param secret allows the session to claim. A privilege would not do, because the handler could use it too.
 */
export function claimOf({ endpoint, events, name, number }: Batch, secret: string): Claim {
  const group = endpoint.options.queue_group;
  return typeof group === 'string'
    ? { text: claim, values: [secret, 'group', group, `{${events.map(publicationOf).join()}}`], each: true }
    : { text: claim, values: [secret, 'batch', name, `{${number}}`], each: false };
}

/**
 * Conditions for the statement of a batch. With one claim for all events, the statement does nothing unless the claim
 * was successful.
 */
export function whereClaimed(isClaimedEach: boolean): string[] {
  return isClaimedEach ? [] : ["pg_catalog.current_setting('crossbar.claimed')::pg_catalog.bool"];
}

/** A condition that is true if the event at an index of the batch, starting at 0, was claimed. */
export function isClaimed(place: number): string {
  return `pg_catalog.substr(pg_catalog.current_setting('crossbar.claimed'), ${place + 1}, 1)::pg_catalog.bool`;
}

/** The number of successful claims. */
export function countClaimed(claimed: string): number {
  return claimed.replaceAll('0', '').length;
}

const claim = 'crossbar._claim($1, $2, $3, $4::pg_catalog.int8[])';

function publicationOf({ details }: HandledEvent): number {
  const { publication } = details;
  if (typeof publication === 'number' && Number.isSafeInteger(publication)) return publication;
  throw new WampError('wamp.error.invalid_argument', ['the event has no publication id']);
}
