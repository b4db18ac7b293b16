import { createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Dict } from '@pgwamp/protocol';
import { type Admission, type AuthMethod, type Challenge, type Claim, settle } from './authentication.ts';
import { isSameSecret } from './constant-time.ts';
import { admit, denied, type Principal, type PrincipalSource } from './principal.ts';

const METHOD = 'wampcra';
const ITERATIONS = 1000;
const KEY_LENGTH = 32;

// The one that does not hold up the event loop, however many iterations are asked for.
const derive = promisify(pbkdf2);

/** A principal with a secret that it shares with the router; with a salt the wire sees only what is derived of it. */
export interface CraPrincipal extends Principal {
  /** The password itself, also where it is salted. */
  readonly secret: string;
  readonly salt?: string | undefined;
  /** Default 1000. */
  readonly iterations?: number | undefined;
  /** In bytes. Default 32. */
  readonly keylen?: number | undefined;
}

interface Salting extends Dict {
  readonly salt: string;
  readonly iterations: number;
  readonly keylen: number;
}

function saltingOf({ salt, iterations = ITERATIONS, keylen = KEY_LENGTH }: CraPrincipal): Salting | undefined {
  return salt === undefined ? undefined : { salt, iterations, keylen };
}

/** The secret that both ends sign with: the one they share, or the base64 of what is derived of it. */
async function signingKey(secret: string, { salt, iterations, keylen }: Salting): Promise<string> {
  const key = await derive(secret, salt, iterations, keylen, 'sha256');
  return key.toString('base64');
}

function challengeText({ session }: Claim, { identity }: Admission): string {
  const { authid, authrole, authmethod, authprovider } = identity;
  const nonce = randomBytes(24).toString('base64url');
  const timestamp = new Date().toISOString();
  return JSON.stringify({ authid, authrole, authmethod, authprovider, session, nonce, timestamp });
}

function signatureOf(challenge: string, key: string): string {
  return createHmac('sha256', key).update(challenge).digest('base64');
}

function challengeFor(claim: Claim, admission: Admission, principal: CraPrincipal, isKnown: boolean): Challenge {
  const challenge = challengeText(claim, admission);
  const salting = saltingOf(principal);
  const check = (key: string, signature: string) => {
    if (isSameSecret(signatureOf(challenge, key), signature) && isKnown) return admission;
    throw denied();
  };
  return {
    method: METHOD,
    extra: { challenge, ...salting },
    verify: (signature) => {
      const key = salting === undefined ? principal.secret : signingKey(principal.secret, salting);
      return settle(key, (known) => check(known, signature));
    },
  };
}

/**
 * The client signs a challenge with a secret, which does not travel.
 *
 * @param decoyFor a principal to challenge in place of one that does not exist
 * @see https://wamp-proto.org/wamp_latest_ietf.html#wampcra
 */
export function wampcra(
  source: PrincipalSource<CraPrincipal>,
  decoyFor: (authid: string) => CraPrincipal | undefined,
): AuthMethod {
  return {
    name: METHOD,
    canBegin: ({ authid }) => authid !== undefined,
    begin: (claim) =>
      settle(source.find(claim, {}), (found) => {
        const principal = found ?? decoyFor(claim.authid ?? '');
        if (principal === undefined) throw denied();
        const admission = admit(claim, METHOD, source.provider, principal);
        return challengeFor(claim, admission, principal, found !== undefined);
      }),
  };
}

/** Users of a configuration, by authid. */
export function staticUsers(users: Readonly<Record<string, CraPrincipal>>): PrincipalSource<CraPrincipal> {
  const known = new Map(Object.entries(users));
  return { provider: 'static', find: ({ authid = '' }) => known.get(authid) };
}

/**
 * Users who do not exist. They are challenged like the first one of those who do, with a salt that stays the same from
 * one try to the next: by asking nobody finds out which names are taken.
 */
export function decoyUsers(
  users: Readonly<Record<string, CraPrincipal>>,
): (authid: string) => CraPrincipal | undefined {
  const key = randomBytes(32);
  const [model] = Object.values(users);
  const noise = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  return (authid) => {
    if (model === undefined) return undefined;
    const { role, salt, iterations, keylen } = model;
    const saltLike = salt === undefined ? undefined : noise(`salt ${authid}`).slice(0, salt.length);
    return { role, secret: noise(`secret ${authid}`), salt: saltLike, iterations, keylen };
  };
}
