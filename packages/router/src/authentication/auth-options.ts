import { integer } from '@pgwamp/config';
import * as z from 'zod';
import type { AuthenticatorOptions } from './authenticator.ts';
import type { KeyHolder } from './cryptosign.ts';
import type { TicketPrincipal } from './ticket.ts';
import type { CraPrincipal } from './wampcra.ts';

/** An authentication method that calls a procedure of the application to look up the principal. */
export interface DynamicAuth extends AuthenticatorOptions {
  readonly type: 'dynamic';
  /**
   * The authenticator procedure. The router calls it with realm, authid and details. It returns the role, or a
   * dictionary with `role`, the keys of the method (`secret` and optionally `salt`, `iterations`, `keylen`; or
   * `pubkey`), and optionally `realm`, `authid` and `extra`.
   */
  readonly authenticator: string;
  /** The realm in which the procedure is registered. Default: the realm that the client asks for. */
  readonly 'authenticator-realm'?: string | undefined;
}

/**
 * How clients of an endpoint are authenticated, in the shape of Crossbar.io's configuration: any number of methods; the
 * order of the client decides which one is used.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#auth-methods
 */
export interface AuthOptions {
  /** Clients that offer no method, or the method `anonymous`. */
  readonly anonymous?: { readonly type: 'static'; readonly role?: string | undefined } | DynamicAuth | undefined;
  /** Principals, by authid. */
  readonly ticket?:
    | { readonly type: 'static'; readonly principals: Readonly<Record<string, TicketPrincipal>> }
    | DynamicAuth
    | undefined;
  /** Users, by authid. */
  readonly wampcra?:
    | { readonly type: 'static'; readonly users: Readonly<Record<string, CraPrincipal>> }
    | DynamicAuth
    | undefined;
  /** Principals, by authid. */
  readonly cryptosign?:
    | { readonly type: 'static'; readonly principals: Readonly<Record<string, KeyHolder>> }
    | DynamicAuth
    | undefined;
}

const text = z.string().min(1, 'a text that is not empty');

const principal = {
  role: text.describe('role of its sessions'),
  realm: text.optional().describe('the one realm that it may join'),
  extra: z.record(z.string(), z.unknown()).optional().describe('authextra that WELCOME gives to the client'),
};

const ticketPrincipal = z.strictObject({ ...principal, ticket: text.describe('the ticket') });

const user = z.strictObject({
  ...principal,
  secret: text.describe('the secret'),
  salt: text.optional().describe('salt of PBKDF2: clients sign with a key that is derived from the secret'),
  iterations: integer({ min: 1, max: 10_000_000 }).optional().describe('iterations of PBKDF2'),
  keylen: integer({ min: 1, max: 1024 }).optional().describe('bytes of the derived key'),
});

const keyHolder = z.strictObject({
  ...principal,
  authorized_keys: z
    .array(z.string().regex(/^[0-9a-f]{64}$/i, '64 hexadecimal digits'))
    .min(1, 'at least one key')
    .describe('public keys of Ed25519 in hexadecimal'),
});

const dynamic = z.strictObject({
  type: z.literal('dynamic'),
  authenticator: text.describe('procedure that authenticates clients and returns their role'),
  'authenticator-realm': text
    .optional()
    .describe('realm in which it is registered; default: the realm that the client asks for'),
});

/** An authentication method that is either configured statically or delegated to a procedure. */
function method<T extends z.ZodRawShape>(shape: T) {
  return z.discriminatedUnion('type', [z.strictObject({ type: z.literal('static'), ...shape }), dynamic]);
}

/** The schema of `AuthOptions`. */
export const AUTH_SCHEMA = z
  .strictObject({
    anonymous: method({ role: text.optional().describe('role of their sessions; default: anonymous') })
      .optional()
      .describe('clients that offer no method, or the method anonymous'),
    ticket: method({ principals: z.record(text, ticketPrincipal).describe('who may join, by authid') })
      .optional()
      .describe('clients that send a ticket'),
    wampcra: method({ users: z.record(text, user).describe('who may join, by authid') })
      .optional()
      .describe('clients that prove that they know a secret'),
    cryptosign: method({ principals: z.record(text, keyHolder).describe('who may join, by authid') })
      .optional()
      .describe('clients that sign with a key of Ed25519'),
  })
  .refine((auth) => Object.values(auth).some((it) => it !== undefined), 'at least one authentication method');
