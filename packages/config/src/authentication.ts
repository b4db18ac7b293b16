import * as z from 'zod';

const text = z.string().min(1);

/** `authentication`: the methods to offer to the router, in the form of Autobahn|Python's components. */
export const authentication = z.strictObject({
  anonymous: z.strictObject({ authid: text.optional() }).optional(),
  ticket: z.strictObject({ authid: text, ticket: text }).optional(),
  wampcra: z.strictObject({ authid: text, secret: text }).optional(),
  cryptosign: z
    .strictObject({
      authid: text.optional(),
      privkey: z.string().regex(/^[0-9a-f]{64}$/i, { error: 'the 32 bytes of an Ed25519 key in hexadecimal' }),
    })
    .optional(),
});

/** The methods to offer to the router, checked. */
export type AuthenticationConfiguration = z.output<typeof authentication>;
