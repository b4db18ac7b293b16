import { createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Dict } from '@pgwamp/protocol';
import { type Admission, type AuthMethod, type Challenge, type Claim, settle } from './authentication.ts';
import type { DecoyUsers } from './decoy-users.ts';
import { admit, denied, knownOrUndefined, type Principal, type PrincipalSource } from './principal.ts';
import { isSameSecret } from './process-secret.ts';

const METHOD = 'wampcra';
const ITERATIONS = 1000;
const KEY_LENGTH = 32;

// Asynchronous, so that many iterations do not block the event loop.
const derive = promisify(pbkdf2);

/** A principal with a secret shared with the router. With a salt, client and router sign with a derived key. */
export interface CraPrincipal extends Principal {
  /** The password itself, also if a salt is set. */
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

/** The key that both sides sign with: the shared secret, or the base64 of the key derived from it. */
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
 * The client signs a challenge with a shared secret, which is never sent.
 *
 * @param decoys users that replace unknown users in challenges
 * @see https://wamp-proto.org/wamp_latest_ietf.html#wampcra
 */
export function wampcra(source: PrincipalSource<CraPrincipal>, decoys: DecoyUsers): AuthMethod {
  return {
    name: METHOD,
    canBegin: ({ authid }) => authid !== undefined,
    begin: (claim) =>
      settle(knownOrUndefined(source.find(claim, {})), (found) => {
        if (found !== undefined) decoys.remember(found);
        const principal = found ?? decoys.for(claim.authid ?? '');
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
