import { bytes, milliseconds } from '@pgwamp/config';
import * as z from 'zod';

const text = z.string().min(1);

/** The name of a function of the database, such as `app.may_listen`. */
export const functionName = z
  .string()
  .regex(/^[^\s".]+\.[^\s".]+$/, { error: 'a function with its schema, such as app.may_listen' });

/** Of each kind of key only its own algorithms: with one list for all, a public key would be taken for a shared secret. */
const symmetric = ['HS256', 'HS384', 'HS512'] as const;
const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const list = (one: z.ZodType<string>) => z.union([one.transform((only) => [only]), z.array(one).min(1)]);

const tokenChecks = {
  audience: list(text).optional().describe('audiences of which the claim aud has to name one'),
  issuer: list(text).optional().describe('issuers of which the claim iss has to be one'),
  leeway: milliseconds({ max: 600_000 })
    .default(10_000)
    .describe('milliseconds by which clocks may differ, for exp and nbf'),
  role_claim: text
    .default('role')
    .describe('the claim that names the role of PostgreSQL that reads rows and runs functions'),
  roles: z
    .array(text)
    .min(1)
    .optional()
    .describe('roles that tokens may name; all that the login of the gateway may SET ROLE to if left out'),
  anonymous: text.optional().describe('the role of clients without a token; without it, they are refused'),
  cookie: text.optional().describe('the name of a cookie that has the token'),
  query: text
    .optional()
    .describe('the name of a parameter of the query that has the token, for clients that can send it in no other way'),
  max_token_size: bytes({ min: 16 }).default(8192).describe('bytes of a token'),
};

const secretKey = z.strictObject({
  secret: z
    .string()
    .min(32, { error: 'a secret of at least 32 characters' })
    .describe('the secret that tokens are signed with'),
  algorithms: z
    .array(z.enum(symmetric))
    .min(1)
    .default(['HS256'])
    .describe('algorithms that tokens may be signed with'),
  ...tokenChecks,
});

const publicKey = z.strictObject({
  public_key: text.describe('the public key or certificate of who signs tokens: PEM text, or the path of a PEM file'),
  algorithms: z.array(z.enum(asymmetric)).length(1).describe('the algorithm that tokens are signed with'),
  ...tokenChecks,
});

const keySet = z.strictObject({
  jwks_cooldown: milliseconds()
    .default(30_000)
    .describe('milliseconds between two fetches of the keys, when a token names one that is not among them'),
  jwks_max_age: milliseconds({ min: 1000 })
    .default(600_000)
    .describe('milliseconds after which the keys are fetched again'),
  jwks_url: z
    .url({ protocol: /^https?$/, error: 'a URL of a JSON Web Key Set' })
    .describe('where the public keys of who signs tokens are'),
  algorithms: z
    .array(z.enum(asymmetric))
    .min(1)
    .default(['RS256', 'ES256', 'EdDSA'])
    .describe('algorithms that tokens may be signed with'),
  ...tokenChecks,
});

const error = 'an object with one of secret, public_key and jwks_url';

const none = z.strictObject({
  type: z.literal('none'),
  role: text.optional().describe('the role of PostgreSQL of all clients'),
});

const type = z.literal('jwt');

const sql = z.strictObject({
  type: z.literal('sql'),
  function: functionName.describe('the function (claims jsonb, channel text) that says who may listen to what'),
  timeout: milliseconds({ min: 1 }).default(5000).describe('milliseconds that it may take'),
  jwt: z.union([secretKey, publicKey, keySet], { error }).describe('how tokens are checked: the keys of type jwt'),
});

/** `extra.auth`: how clients show who they are, and what they may listen to. */
export const auth = z
  .union([none, secretKey.extend({ type }), publicKey.extend({ type }), keySet.extend({ type }), sql], {
    error: 'an object with type "none", "jwt" or "sql", and for "jwt" with one of secret, public_key and jwks_url',
  })
  .prefault({ type: 'none' })
  .describe('how clients show who they are');

/** `extra.auth`, checked. */
export type Auth = z.output<typeof auth>;
/** How tokens are checked. */
export type TokenRules = z.output<typeof secretKey> | z.output<typeof publicKey> | z.output<typeof keySet>;
