import type { Dict } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';

/** What a procedure of the router's own answers. */
export interface BuiltInResult {
  readonly args?: readonly unknown[];
  readonly kwargs?: Dict;
}

/**
 * A procedure that the router itself implements. No callee stands behind it, so that there is nothing to cancel, and no
 * timeout.
 *
 * @throws RequestError which becomes the caller's ERROR
 */
export type BuiltIn = (
  caller: Session,
  args: readonly unknown[],
  kwargs: Dict,
) => BuiltInResult | Promise<BuiltInResult>;
