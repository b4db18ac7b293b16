import { integer } from '@pgwamp/config';
import * as z from 'zod';

const text = z.string().min(1, 'a text that is not empty');

const principal = {
  role: text,
  realm: text.optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
};

const ticketPrincipal = z.strictObject({ ...principal, ticket: text });

const user = z.strictObject({
  ...principal,
  secret: text,
  salt: text.optional(),
  iterations: integer({ min: 1, max: 10_000_000 }).optional(),
  keylen: integer({ min: 1, max: 1024 }).optional(),
});

const keyHolder = z.strictObject({
  ...principal,
  authorized_keys: z.array(z.string().regex(/^[0-9a-f]{64}$/i, '64 hexadecimal digits')).min(1, 'at least one key'),
});

const dynamic = z.strictObject({
  type: z.literal('dynamic'),
  authenticator: text,
  'authenticator-realm': text.optional(),
});

/** A method that is either configured here or left to a procedure. */
function method<T extends z.ZodRawShape>(shape: T) {
  return z.discriminatedUnion('type', [z.strictObject({ type: z.literal('static'), ...shape }), dynamic]);
}

/** The shape of `AuthOptions`. */
export const AUTH_SCHEMA = z
  .strictObject({
    anonymous: method({ role: text.optional() }).optional(),
    ticket: method({ principals: z.record(text, ticketPrincipal) }).optional(),
    wampcra: method({ users: z.record(text, user) }).optional(),
    cryptosign: method({ principals: z.record(text, keyHolder) }).optional(),
  })
  .refine((auth) => Object.values(auth).some((it) => it !== undefined), 'at least one authentication method');
