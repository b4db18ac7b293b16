import { type Identity, identityOf } from '../access/identity.ts';
import type { Client } from '../context.ts';
import { ChannelRefusedError } from '../errors.ts';

/** The rule that decides which rows of a table a subscriber sees. */
export type RowRule =
  /** Rows that the role and the claims of the subscriber may SELECT. */
  | { readonly rows: 'security' }
  /** All rows. */
  | { readonly rows: 'all' }
  /** Rows with a claim of the subscriber in a column. */
  | { readonly rows: 'filter'; readonly column: string; readonly claim: string };

/** Subscribers that see the same rows of a table. */
export type Viewer =
  | { readonly rows: 'all' }
  | { readonly rows: 'filter'; readonly column: string; readonly value: string }
  | { readonly rows: 'security'; readonly identity: Identity };

/**
 * The viewer for a client of a table.
 *
 * @throws `ChannelRefusedError` if the client has no role, or its token does not contain the claim.
 */
export function viewerOf(channel: string, rule: RowRule, client: Client): Viewer {
  switch (rule.rows) {
    case 'all':
      return rule;
    case 'filter': {
      const value = comparable(client.claims[rule.claim]);
      if (value === undefined) {
        const why = `claim "${rule.claim}" of the token must be a string, a boolean or an integer up to 2^53`;
        throw new ChannelRefusedError(channel, why);
      }
      return { rows: 'filter', column: rule.column, value };
    }
    case 'security': {
      if (client.role !== undefined) return { rows: 'security', identity: identityOf(client) };
      throw new ChannelRefusedError(
        channel,
        'the visible rows depend on the role of the client, and the client has none',
      );
    }
  }
}

/**
 * The text that PostgreSQL has for a value. A number that JavaScript cannot represent exactly could equal another
 * user's value.
 */
function comparable(claim: unknown): string | undefined {
  if (typeof claim === 'string') return claim;
  if (typeof claim === 'boolean') return claim ? 't' : 'f';
  return Number.isSafeInteger(claim) ? String(claim) : undefined;
}
