import type { Client } from '../context.ts';

/** Claims that describe the token rather than its holder; they differ for every token. */
const ofToken = new Set(['exp', 'nbf', 'iat', 'jti']);

/** The identity of a client in the database. */
export interface Identity {
  readonly role: string | undefined;
  /** The claims as a JSON object, without those that describe only the token: `exp`, `nbf`, `iat` and `jti`. */
  readonly claims: string;
}

/** The identity that clients with the same role and claims share. The order of keys does not matter. */
export function identityOf({ role, claims }: Client): Identity {
  const own = Object.entries(claims).filter(([name]) => !ofToken.has(name));
  return { role, claims: JSON.stringify(sorted(Object.fromEntries(own))) };
}

export function isSameIdentity(one: Client, other: Client): boolean {
  const [first, second] = [identityOf(one), identityOf(other)];
  return first.role === second.role && first.claims === second.claims;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
