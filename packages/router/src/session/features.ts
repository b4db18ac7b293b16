import type { Dict } from '@pgwamp/protocol';

/** A role that a client may announce. */
export type ClientRole = 'publisher' | 'subscriber' | 'caller' | 'callee';

function own(value: unknown, key: string): unknown {
  const isDict = typeof value === 'object' && value !== null;
  return isDict && Object.hasOwn(value, key) ? (value as Dict)[key] : undefined;
}

/** What a client has announced in HELLO.Details.roles. */
export class ClientFeatures {
  readonly #roles: unknown;
  // Asked once per message, so that each answer is kept.
  readonly #known = new Map<string, boolean>();

  constructor(roles: unknown) {
    this.#roles = roles;
  }

  /** Whether the client has announced a feature for one of its roles. */
  has(role: ClientRole, feature: string): boolean {
    const key = `${role}.${feature}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const announced = own(own(own(this.#roles, role), 'features'), feature) === true;
    this.#known.set(key, announced);
    return announced;
  }
}
