import { bytes, milliseconds } from '@pgwamp/config';
import * as z from 'zod';

const text = z.string().min(1);

/** The name of a database function, such as `app.may_listen`. */
export const functionName = z.string().regex(/^[^\s".()]+\.[^\s".()]+$/, {
  error: 'a function with its schema and without the types of its parameters, such as app.may_listen',
});

/**
 * Each kind of key allows only its own algorithms. With one common list, a public key could be used as a shared secret.
 */
const symmetric = ['HS256', 'HS384', 'HS512'] as const;
const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const list = (one: z.ZodType<string>) => z.union([one.transform((only) => [only]), z.array(one).min(1)]);

const tokenChecks = {
  audience: list(text).optional().describe('accepted audiences (claim aud)'),
  issuer: list(text).optional().describe('accepted issuers (claim iss)'),
  leeway: milliseconds({ max: 600_000 })
    .default(10_000)
    .describe('tolerated difference of clocks in milliseconds, for exp and nbf'),
  role_claim: text.default('role').describe('claim with the role of PostgreSQL that reads rows and runs functions'),
  roles: z
    .array(text)
    .min(1)
    .optional()
    .describe('accepted roles; default: all roles that the login of the Gateway may SET ROLE to'),
  anonymous: text.optional().describe('role of clients without a token; default: clients without a token are refused'),
  cookie: text.optional().describe('name of the cookie with the token'),
  query: text.optional().describe('name of the query parameter with the token'),
  max_token_size: bytes({ min: 16 }).default(8192).describe('limit on the bytes of a token'),
};

const secretKey = z.strictObject({
  secret: z
    .string()
    .min(32, { error: 'a secret of at least 32 characters' })
    .describe('secret for the signatures of tokens'),
  algorithms: z.array(z.enum(symmetric)).min(1).default(['HS256']).describe('allowed algorithms of signatures'),
  ...tokenChecks,
});

const publicKey = z.strictObject({
  public_key: text.describe('public key or certificate for the signatures: PEM text, or the path of a PEM file'),
  algorithms: z.array(z.enum(asymmetric)).length(1).describe('algorithm of signatures, exactly one'),
  ...tokenChecks,
});

const keySet = z.strictObject({
  jwks_cooldown: milliseconds()
    .default(30_000)
    .describe('minimum of milliseconds between two fetches of the keys because of an unknown key'),
  jwks_max_age: milliseconds({ min: 1000 }).default(600_000).describe('milliseconds until the keys are fetched again'),
  jwks_url: z
    .url({ protocol: /^https?$/, error: 'a URL of a JSON Web Key Set' })
    .describe('URL of the public keys (JSON Web Key Set)'),
  algorithms: z
    .array(z.enum(asymmetric))
    .min(1)
    .default(['RS256', 'ES256', 'EdDSA'])
    .describe('allowed algorithms of signatures'),
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
  function: functionName.describe(
    'function (claims jsonb, channel text) that returns how long a client may listen, as an interval',
  ),
  timeout: milliseconds({ min: 1 }).default(5000).describe('time limit of the function in milliseconds'),
  jwt: z.union([secretKey, publicKey, keySet], { error }).describe('check of tokens: the keys of type jwt'),
});

/** `extra.auth`: the authentication of clients and their permissions for channels. */
export const auth = z
  .union([none, secretKey.extend({ type }), publicKey.extend({ type }), keySet.extend({ type }), sql], {
    error: 'an object with type "none", "jwt" or "sql", and for "jwt" with one of secret, public_key and jwks_url',
  })
  .prefault({ type: 'none' })
  .describe('how clients authenticate');

/** `extra.auth`, checked. */
export type Auth = z.output<typeof auth>;
/** The options of token checks. */
export type TokenRules = z.output<typeof secretKey> | z.output<typeof publicKey> | z.output<typeof keySet>;
