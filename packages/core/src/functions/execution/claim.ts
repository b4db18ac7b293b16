import { WampError } from '../../errors.ts';
import type { Batch, HandledEvent } from './batch.ts';

/** SQL that claims events, and its parameters. */
export interface Claim {
  /** Its parameters begin at `$1`; its value has a `1` for what was claimed and a `0` for what was not. */
  readonly text: string;
  readonly values: readonly string[];
  /** Whether there is one for each event, or one for all of them. */
  readonly each: boolean;
}

/**
 * Claims the events of a batch: for its queue group one by one, else all of them by the name and the number of the
 * batch, so that a batch that had been committed is not handled again.
 *
 * @param secret by which the session may claim: it has no other right to, since a handler could use that.
 */
export function claimOf({ endpoint, events, name, number }: Batch, secret: string): Claim {
  const group = endpoint.options.queue_group;
  return typeof group === 'string'
    ? { text: claim, values: [secret, 'group', group, `{${events.map(publicationOf).join()}}`], each: true }
    : { text: claim, values: [secret, 'batch', name, `{${number}}`], each: false };
}

/** Conditions for the statement of a batch: where one claim is for all events, it does nothing unless it was successful. */
export function whereClaimed({ each }: Claim): string[] {
  return each ? [] : ["pg_catalog.current_setting('crossbar.claimed')::pg_catalog.bool"];
}

/** A condition that the event at a place of the batch, from 0, was claimed. */
export function isClaimed(place: number): string {
  return `pg_catalog.substr(pg_catalog.current_setting('crossbar.claimed'), ${place + 1}, 1)::pg_catalog.bool`;
}

/** How many events a claim was successful for. */
export function countClaimed(claimed: string): number {
  return claimed.replaceAll('0', '').length;
}

const claim = 'crossbar._claim($1, $2, $3, $4::pg_catalog.int8[])';

function publicationOf({ details }: HandledEvent): number {
  const { publication } = details;
  if (typeof publication === 'number' && Number.isSafeInteger(publication)) return publication;
  throw new WampError('wamp.error.invalid_argument', ['the event has no publication id']);
}
