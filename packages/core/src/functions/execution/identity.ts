import { WampError } from '../../errors.ts';
import { isDictionary, stringify } from '../../json.ts';
import type { Endpoint, EndpointKind } from '../endpoints/endpoint.ts';

/** The values of the identity settings for a call or an event. */
export type Identity = readonly string[];

/**
 * The settings that tell a function its procedure or topic and its caller or publisher, in the order of `identityOf`.
 * See docs/security.md.
 */
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
 * Returns the values of the identity settings. Values that the router does not disclose are empty.
 *
 * @param details the Details of the INVOCATION or the EVENT.
 * @throws `WampError` `wamp.error.not_authorized` for a name that PostgreSQL could not distinguish from another.
 */
export function identityOf({ kind, uri }: Endpoint, details: Readonly<Record<string, unknown>>): Identity {
  if (kind === 'registration') {
    const { procedure, caller, caller_authid, caller_authrole } = details;
    return [text(procedure ?? uri), text(caller), text(caller_authid), text(caller_authrole), forwardForOf(details)];
  }
  const { topic, publication, publisher, publisher_authid, publisher_authrole } = details;
  return [text(topic ?? uri), text(publication), text(publisher), text(publisher_authid), text(publisher_authrole)];
}

/** The WAMP authrole of the caller or publisher; undefined if it is not disclosed. */
export function authroleOf({ kind }: Endpoint, details: Readonly<Record<string, unknown>>): string | undefined {
  const authrole = kind === 'registration' ? details.caller_authrole : details.publisher_authrole;
  return typeof authrole === 'string' ? authrole : undefined;
}

function text(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return '';
  // PostgreSQL receives U+FFFD for any unpaired surrogate, so two different names would become the same.
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new WampError('wamp.error.not_authorized', [
      'the name of the caller, or of what it calls, is not well-formed Unicode',
    ]);
  }
  return value;
}

/** The number of calls of `crossbar.call` that wait for this call, as the caller reports it in `forward_for`. */
export function depthOf({ forward_for }: Readonly<Record<string, unknown>>): number {
  return Array.isArray(forward_for) ? forward_for.length : 0;
}

/**
 * The previous callers of a forwarded call, as its caller reports them: JSON for the setting `crossbar.forward_for`.
 * Empty if the call is not forwarded.
 *
 * @param details the Details of the INVOCATION.
 * @throws `WampError` `wamp.error.not_authorized` for a name that PostgreSQL cannot store.
 */
function forwardForOf({ forward_for }: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(forward_for) || forward_for.length === 0) return '';
  return stringify(forward_for.map(hopOf));
}

/** Other routers may send more fields and other types than our router. */
function hopOf(hop: unknown): object {
  if (!isDictionary(hop)) return {};
  const { session, authid, authrole } = hop;
  return {
    ...(Number.isInteger(session) && { session }),
    ...(typeof authid === 'string' && { authid: checked(authid) }),
    ...(typeof authrole === 'string' && { authrole: checked(authrole) }),
  };
}

/** The type `jsonb` cannot store U+0000 or unpaired surrogates. */
function checked(name: string): string {
  if (!name.includes('\0') && name.isWellFormed()) return name;
  throw new WampError('wamp.error.not_authorized', ['a name in forward_for is not well-formed Unicode']);
}
