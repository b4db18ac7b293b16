import * as z from 'zod';

const text = z.string().min(1);
const authid = text.describe('the authid');

/** `authentication`: the authentication methods offered to the router, in the form of Autobahn|Python's components. */
export const authentication = z.strictObject({
  anonymous: z
    .strictObject({ authid: text.optional().describe('the authid to ask for') })
    .optional()
    .describe('join without credentials'),
  ticket: z
    .strictObject({ authid, ticket: text.describe('the ticket') })
    .optional()
    .describe('join with a ticket'),
  wampcra: z
    .strictObject({ authid, secret: text.describe('the secret; salted secrets work too') })
    .optional()
    .describe('join by proving the knowledge of a secret'),
  cryptosign: z
    .strictObject({
      authid: text.optional().describe('the authid, unless the router finds it by the key'),
      privkey: z
        .string()
        .regex(/^[0-9a-f]{64}$/i, { error: 'the 32 bytes of an Ed25519 key in hexadecimal' })
        .describe('the 32 bytes of an Ed25519 key in hexadecimal'),
    })
    .optional()
    .describe('join by signing with a key'),
});

/** The validated authentication methods. */
export type AuthenticationConfiguration = z.output<typeof authentication>;
