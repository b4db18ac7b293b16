import * as z from 'zod';

const principal = z.object({
  role: z.string().min(1),
  realm: z.string().min(1).optional(),
  authid: z.string().min(1).optional(),
  extra: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((extra) => extra ?? undefined),
});

// An authenticator may answer with the role alone.
const roleAlone = z
  .string()
  .min(1)
  .transform((role) => ({ role }));

/** What authenticators answer for the methods that need no more than to know who it is. */
export const PRINCIPAL_ANSWER = z.union([roleAlone, principal]);

/** What they answer for wampcra. */
export const USER_ANSWER = principal.extend({
  secret: z.string().min(1),
  salt: z.string().optional(),
  iterations: z.number().int().min(1).max(10_000_000).optional(),
  keylen: z.number().int().min(1).max(1024).optional(),
});

/** What they answer for cryptosign. */
export const KEY_ANSWER = principal.extend({
  pubkey: z
    .string()
    .regex(/^[0-9a-f]{64}$/i)
    .transform((key) => key.toLowerCase()),
});
