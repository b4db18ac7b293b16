import { Uri } from '@pgwamp/protocol';

/**
 * AutobahnJS answers GOODBYE with a URI that the specification does not define. This function replaces it.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-goodbye-2
 */
export function withGoodbyeUri(goodbye: unknown[]): unknown[] {
  return goodbye[2] === 'wamp.error.goodbye_and_out' ? goodbye.with(2, Uri.GOODBYE_AND_OUT) : goodbye;
}
