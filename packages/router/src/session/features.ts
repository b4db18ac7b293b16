import type { Dict } from '@pgwamp/protocol';
import { isDict } from '@pgwamp/protocol';

const ROLES = ['publisher', 'subscriber', 'caller', 'callee'] as const;

/** A role that a client may announce. */
export type ClientRole = (typeof ROLES)[number];

/** The features that the router checks; each has one bit per role. */
const FEATURES = [
  'payload_passthru_mode',
  'progressive_call_invocations',
  'call_canceling',
  'call_timeout',
  'registration_revocation',
] as const;

export type ClientFeature = (typeof FEATURES)[number];

function own(value: unknown, key: string): unknown {
  return isDict(value) && Object.hasOwn(value, key) ? (value as Dict)[key] : undefined;
}

function bitsOf(roles: unknown, role: ClientRole): number {
  const features = own(own(roles, role), 'features');
  return FEATURES.reduce((bits, feature, index) => (own(features, feature) === true ? bits | (1 << index) : bits), 0);
}

/** Whether HELLO.Details.roles is a dictionary with a WAMP role of a client. */
export function announcesRole(roles: unknown): boolean {
  return ROLES.some((role) => own(roles, role) !== undefined);
}

/** The features that a client announced in HELLO.Details.roles. No part of HELLO itself is kept. */
export class ClientFeatures {
  readonly #bits: Readonly<Record<ClientRole, number>>;

  constructor(roles: unknown) {
    this.#bits = {
      publisher: bitsOf(roles, 'publisher'),
      subscriber: bitsOf(roles, 'subscriber'),
      caller: bitsOf(roles, 'caller'),
      callee: bitsOf(roles, 'callee'),
    };
  }

  /** Whether the client announced a feature for one of its roles. */
  has(role: ClientRole, feature: ClientFeature): boolean {
    return (this.#bits[role] & (1 << FEATURES.indexOf(feature))) !== 0;
  }
}
