import { WampError } from '../../errors.ts';
import { isDictionary, stringify } from '../../json.ts';
import type { Endpoint, EndpointKind } from '../endpoints/endpoint.ts';

/** The values of the identity settings, of a call or an event. */
export type Identity = readonly string[];

/** The settings that tell a function what it is called for and by whom, in the order of `identityOf`; see docs/security.md. */
export const identitySettings: Readonly<Record<EndpointKind, readonly string[]>> = {
  registration: [
    'crossbar.procedure',
    'crossbar.caller',
    'crossbar.caller_authid',
    'crossbar.caller_authrole',
    'crossbar.forward_for',
  ],
  subscription: [
    'crossbar.topic',
    'crossbar.publication',
    'crossbar.publisher',
    'crossbar.publisher_authid',
    'crossbar.publisher_authrole',
  ],
};

/**
 * The values of the identity settings: empty for what the router does not disclose.
 *
 * @param details those of the INVOCATION or the EVENT.
 * @throws `WampError` `wamp.error.not_authorized` for a name that PostgreSQL could not tell from another.
 */
export function identityOf({ kind, uri }: Endpoint, details: Readonly<Record<string, unknown>>): Identity {
  if (kind === 'registration') {
    const { procedure, caller, caller_authid, caller_authrole } = details;
    return [text(procedure ?? uri), text(caller), text(caller_authid), text(caller_authrole), forwardForOf(details)];
  }
  const { topic, publication, publisher, publisher_authid, publisher_authrole } = details;
  return [text(topic ?? uri), text(publication), text(publisher), text(publisher_authid), text(publisher_authrole)];
}

/** The WAMP authrole of who calls or publishes; undefined if it is not disclosed. */
export function authroleOf({ kind }: Endpoint, details: Readonly<Record<string, unknown>>): string | undefined {
  const authrole = kind === 'registration' ? details.caller_authrole : details.publisher_authrole;
  return typeof authrole === 'string' ? authrole : undefined;
}

function text(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return '';
  // Half a surrogate pair becomes U+FFFD on its way to PostgreSQL, whichever half it was: two names would be one.
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new WampError('wamp.error.not_authorized', [
      'the name of the caller, or of what it calls, is not well-formed Unicode',
    ]);
  }
  return value;
}

/** The hops that a call has come by, as its caller says: how many calls of `crossbar.call` wait for it. */
export function depthOf({ forward_for }: Readonly<Record<string, unknown>>): number {
  return Array.isArray(forward_for) ? forward_for.length : 0;
}

/**
 * For whom a call is made, as its caller says, in JSON for the setting `crossbar.forward_for`; empty if it is made for nobody else.
 *
 * @param details those of the INVOCATION.
 * @throws `WampError` `wamp.error.not_authorized` for a name that PostgreSQL cannot store.
 */
function forwardForOf({ forward_for }: Readonly<Record<string, unknown>>): string {
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
