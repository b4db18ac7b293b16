import { type Identity, identityOf } from '../access/identity.ts';
import type { Client } from '../context.ts';
import { ChannelRefusedError } from '../errors.ts';

/** Which rows of a table its subscribers are told of. */
export type RowRule =
  /** Those that the role and the claims of the subscriber may SELECT. */
  | { readonly rows: 'security' }
  /** All. */
  | { readonly rows: 'all' }
  /** Those that have a claim of the subscriber in a column. */
  | { readonly rows: 'filter'; readonly column: string; readonly claim: string };

/** Who shares what is told of a table. */
export type Viewer =
  | { readonly rows: 'all' }
  | { readonly rows: 'filter'; readonly column: string; readonly value: string }
  | { readonly rows: 'security'; readonly identity: Identity };

/**
 * Who a client is to a table.
 *
 * @throws `ChannelRefusedError` for a client that has no role, or not the claim.
 */
export function viewerOf(channel: string, rule: RowRule, client: Client): Viewer {
  switch (rule.rows) {
    case 'all':
      return rule;
    case 'filter': {
      const value = comparable(client.claims[rule.claim]);
      if (value === undefined) {
        const why = `claim "${rule.claim}" of the token has to be a text, a boolean or an integer up to 2^53`;
        throw new ChannelRefusedError(channel, why);
      }
      return { rows: 'filter', column: rule.column, value };
    }
    case 'security': {
      if (client.role !== undefined) return { rows: 'security', identity: identityOf(client) };
      throw new ChannelRefusedError(channel, 'its rows are shown by the rights of a role, and the client has none');
    }
  }
}

/**
 * The text that PostgreSQL has for a value. A number that JavaScript does not hold exactly could be that of somebody else.
 */
function comparable(claim: unknown): string | undefined {
  if (typeof claim === 'string') return claim;
  if (typeof claim === 'boolean') return claim ? 't' : 'f';
  return Number.isSafeInteger(claim) ? String(claim) : undefined;
}
