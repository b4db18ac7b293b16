import { WampError } from '../../errors.ts';
import { isDictionary, stringify } from '../../json.ts';

type Details = Readonly<Record<string, unknown>>;

/** The hops that a call has come by, as its caller says: how many calls of `crossbar.call` wait for it. */
export function depthOf({ forward_for }: Details): number {
  return Array.isArray(forward_for) ? forward_for.length : 0;
}

/**
 * For whom a call is made, as its caller says, in JSON for the setting `crossbar.forward_for`; empty if it is made for nobody else.
 *
 * @param details those of the INVOCATION.
 * @throws `WampError` `wamp.error.not_authorized` for a name that PostgreSQL cannot store.
 */
export function forwardForOf({ forward_for }: Details): string {
  if (!Array.isArray(forward_for) || forward_for.length === 0) return '';
  return stringify(forward_for.map(hopOf));
}

/** Routers may send more, and other types, than ours does. */
function hopOf(hop: unknown): object {
  if (!isDictionary(hop)) return {};
  const { session, authid, authrole } = hop;
  return {
    ...(Number.isInteger(session) && { session }),
    ...(typeof authid === 'string' && { authid: checked(authid) }),
    ...(typeof authrole === 'string' && { authrole: checked(authrole) }),
  };
}

/** The type `jsonb` has no place for these. */
function checked(name: string): string {
  if (!name.includes('\0') && name.isWellFormed()) return name;
  throw new WampError('wamp.error.not_authorized', ['a name in forward_for is not well-formed Unicode']);
}
