import type { Client } from '../context.ts';

/** Claims about the token, and not about whose it is: every token has others. */
const ofToken = new Set(['exp', 'nbf', 'iat', 'jti']);

/** Who a client is to the database. */
export interface Identity {
  readonly role: string | undefined;
  /** Its claims as a JSON object, without those that are of the token alone: `exp`, `nbf`, `iat` and `jti`. */
  readonly claims: string;
}

/** What clients with the same role and the same claims have in common; their keys may come in any order. */
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
