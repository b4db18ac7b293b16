import { createPublicKey, createSecretKey, X509Certificate } from 'node:crypto';
import { ConfigurationError, readPem } from '@pgwamp/config';
import type { Logger } from '@pgwamp/core/internal/component';
import { OnceAMinute } from '@pgwamp/core/internal/component';
import type { JWTPayload } from 'jose';
import type { Client } from '../context.ts';
import { TokenRefusedError } from '../errors.ts';
import type { TokenRules } from './configuration.ts';

type Jose = typeof import('jose');

/** Loaded on demand: a gateway without tokens does not need it. */
const jose = (): Promise<Jose> => import('jose');

type Verify = (token: string) => Promise<JWTPayload>;

/** Checks JSON Web Tokens. */
export class TokenVerifier {
  readonly #rules: TokenRules;
  readonly #log: Logger;
  readonly #warnings = new OnceAMinute();
  readonly #verify: Verify;

  /** @throws `ConfigurationError` if the key cannot be read or does not fit the algorithm. */
  constructor(rules: TokenRules, log: Logger) {
    this.#rules = rules;
    this.#log = log;
    this.#verify = verifierOf(rules);
  }

  /**
   * Returns the client that holds a token; without a token, the anonymous role if one is configured.
   *
   * @throws `TokenRefusedError`, whose message contains nothing of the token.
   */
  async clientOf(token: string | undefined): Promise<Client> {
    const { anonymous, max_token_size: limit } = this.#rules;
    if (token === undefined) {
      if (anonymous !== undefined) return { claims: {}, role: anonymous, expires: undefined };
      throw new TokenRefusedError('a token is missing');
    }
    if (token.length > limit) throw new TokenRefusedError(`the token has more than ${limit} bytes`);
    const claims = await this.#verify(token).catch((error: unknown) => this.#refuse(error));
    const { exp = 0 } = claims;
    // A Date cannot represent a later time.
    const expires = new Date(Math.min(exp * 1000 + this.#rules.leeway, 8.64e15));
    return { claims, role: this.#roleOf(claims), expires };
  }

  #roleOf(claims: JWTPayload): string | undefined {
    const { role_claim: name, roles } = this.#rules;
    const role = claims[name];
    if (role === undefined) return undefined;
    if (typeof role !== 'string' || role === '' || (roles && !roles.includes(role))) {
      throw new TokenRefusedError(`claim "${name}" is not accepted`);
    }
    return role;
  }

  #refuse(error: unknown): never {
    const reason = reasonOf(error);
    if (reason !== undefined) throw new TokenRefusedError(reason, { cause: error });
    const held = this.#warnings.pass(String(error));
    if (held !== undefined) {
      this.#log.warn({ repeated: held }, 'tokens cannot be checked: %s', (error as Error).message);
    }
    throw new TokenRefusedError('tokens cannot be checked now', { cause: error, isTemporary: true });
  }
}

/** The algorithms come from the configuration; the header of a token cannot choose others. */
function verifierOf(rules: TokenRules): Verify {
  const options = {
    algorithms: [...rules.algorithms],
    clockTolerance: rules.leeway / 1000,
    requiredClaims: ['exp'],
    ...(rules.audience && { audience: rules.audience }),
    ...(rules.issuer && { issuer: rules.issuer }),
  };
  if ('jwks_url' in rules) {
    const { jwks_cooldown: cooldownDuration, jwks_max_age: cacheMaxAge } = rules;
    let keys: ReturnType<Jose['createRemoteJWKSet']> | undefined;
    return async (token) => {
      const { createRemoteJWKSet, jwtVerify, errors } = await jose();
      keys ??= createRemoteJWKSet(new URL(rules.jwks_url), { cooldownDuration, cacheMaxAge });
      try {
        return (await jwtVerify(token, keys, options)).payload;
      } catch (error) {
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
        return await byOneOf(error, async (key) => (await jwtVerify(token, key, options)).payload);
      }
    };
  }
  const key =
    'secret' in rules ? createSecretKey(Buffer.from(rules.secret)) : publicKeyOf(rules.public_key, rules.algorithms);
  return async (token) => (await (await jose()).jwtVerify(token, key, options)).payload;
}

/** Checks a token that does not name its key with each key that it may mean. */
async function byOneOf<Key>(keys: AsyncIterable<Key>, verify: (key: Key) => Promise<JWTPayload>): Promise<JWTPayload> {
  let refusal: unknown;
  for await (const key of keys) {
    try {
      return await verify(key);
    } catch (error) {
      if ((error as JoseError).code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** The key type of an algorithm, by the first two letters of its name. */
const keyTypes: Readonly<Record<string, string>> = { RS: 'rsa', PS: 'rsa', ES: 'ec', Ed: 'ed25519' };

function publicKeyOf(textOrPath: string, algorithms: readonly string[]) {
  const keys = ['extra', 'auth', 'public_key'];
  const pem = readPem(textOrPath, keys);
  const refuse = (message: string, cause?: unknown) => new ConfigurationError([{ keys, message }], { cause });
  // Node.js would derive the public key from a private key.
  if (pem.includes('PRIVATE KEY')) throw refuse('expected a public key or a certificate, found a private key');
  try {
    const key = pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
    const wanted = keyTypes[algorithms[0]?.slice(0, 2) ?? ''];
    if (key.asymmetricKeyType === wanted) return key;
    throw refuse(`algorithm ${algorithms[0]} needs a key of type ${wanted}, found ${key.asymmetricKeyType}`);
  } catch (error) {
    throw error instanceof ConfigurationError ? error : refuse(`no public key: ${(error as Error).message}`, error);
  }
}

/** Whether a refused token may be forged. A token that has merely expired, for example, was once valid. */
export function isForgery(error: unknown): boolean {
  const cause = (error as Error).cause as JoseError | undefined;
  const wasRight = ['ERR_JWT_EXPIRED', 'ERR_JWT_CLAIM_VALIDATION_FAILED'].includes(cause?.code ?? '');
  return error instanceof TokenRefusedError && reasonOf(cause) !== undefined && !wasRight;
}

/** The parts of jose's errors that are used, declared here so that jose need not be loaded. */
interface JoseError {
  readonly code?: string;
  readonly claim?: string;
}

/** The reason why a token is refused; undefined if the error is not caused by the token. */
function reasonOf(error: unknown): string | undefined {
  const { code, claim } = (error ?? {}) as JoseError;
  switch (code) {
    case 'ERR_JWT_EXPIRED':
      return 'the token has expired';
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return `claim "${claim}" is missing or not accepted`;
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return 'the algorithm of the token is not accepted';
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'the signature of the token is wrong';
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return 'the token is signed with an unknown key';
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
      return 'the token is malformed';
    case 'ERR_JOSE_NOT_SUPPORTED':
      return 'this kind of token is not supported';
    default:
      return undefined;
  }
}
