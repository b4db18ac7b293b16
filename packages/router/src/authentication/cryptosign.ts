import { createPublicKey, type KeyObject, randomBytes, timingSafeEqual, verify } from 'node:crypto';
import type { Dict } from '@pgwamp/protocol';
import { type AuthMethod, type Claim, settle } from './authentication.ts';
import { admit, denied, knownOrUndefined, type Principal, type PrincipalSource } from './principal.ts';

const METHOD = 'cryptosign';
const CHALLENGE_LENGTH = 32;
const SIGNATURE_LENGTH = 64;
const PUBLIC_KEY = /^[0-9a-f]{64}$/;
const ANSWER = /^[0-9a-f]{192}$/i;
// The DER prefix of an Ed25519 key. node:crypto does not accept the bare 32 bytes.
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A principal and the public key whose private key the client must prove to hold. */
export interface KeyPrincipal extends Principal {
  /** 32 bytes in hexadecimal. */
  readonly pubkey: string;
}

/** The public key in HELLO, in lower case; `undefined` if HELLO contains none. */
function announcedKey({ authextra }: Claim): string | undefined {
  const pubkey = (authextra as Dict | null)?.pubkey;
  const key = typeof pubkey === 'string' ? pubkey.toLowerCase() : '';
  return PUBLIC_KEY.test(key) ? key : undefined;
}

function keyFrom(pubkey: string): KeyObject {
  return createPublicKey({ key: Buffer.concat([DER_PREFIX, Buffer.from(pubkey, 'hex')]), format: 'der', type: 'spki' });
}

/** Whether the answer is the signature of the challenge followed by the challenge, as the specification requires. */
function isSigned(answer: string, challenge: Buffer, key: KeyObject): boolean {
  if (!ANSWER.test(answer)) return false;
  const bytes = Buffer.from(answer, 'hex');
  const signed = bytes.subarray(SIGNATURE_LENGTH);
  return timingSafeEqual(signed, challenge) && verify(null, signed, key, bytes.subarray(0, SIGNATURE_LENGTH));
}

/**
 * The client signs a random challenge with its Ed25519 key. Channel binding is not supported: if a client asks for it,
 * CHALLENGE says that it is not in use, and the client decides whether to continue. A client with an unknown key is
 * also challenged, and denied afterwards. So only the holder of a key learns whether the key is known and to which
 * authid it belongs.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#cryptosignauth
 */
export function cryptosign(source: PrincipalSource<KeyPrincipal>): AuthMethod {
  return {
    name: METHOD,
    canBegin: (claim) => announcedKey(claim) !== undefined,
    begin: (claim) =>
      settle(knownOrUndefined(source.find(claim, {})), (principal) => {
        const pubkey = principal?.pubkey ?? announcedKey(claim) ?? '';
        // A client without an authid gets its public key as authid.
        const authid = principal?.authid ?? claim.authid ?? pubkey;
        const admission = principal && admit(claim, METHOD, source.provider, { ...principal, authid });
        const challenge = randomBytes(CHALLENGE_LENGTH);
        const key = keyFrom(pubkey);
        return {
          method: METHOD,
          extra: { challenge: challenge.toString('hex'), channel_binding: null },
          verify: (signature) => {
            if (isSigned(signature, challenge, key) && admission !== undefined) return admission;
            throw denied();
          },
        };
      }),
  };
}

/** A principal of static cryptosign authentication. */
export interface KeyHolder extends Principal {
  /** The public keys of the principal, each 32 bytes in hexadecimal. */
  readonly authorized_keys: readonly string[];
}

interface Holding {
  readonly authid: string;
  readonly holder: KeyHolder;
}

function holdingsByKey(principals: Readonly<Record<string, KeyHolder>>): ReadonlyMap<string, readonly Holding[]> {
  const byKey = new Map<string, Holding[]>();
  for (const [authid, holder] of Object.entries(principals)) {
    for (const key of new Set(holder.authorized_keys.map((it) => it.toLowerCase()))) {
      const holdings = byKey.get(key) ?? [];
      holdings.push({ authid, holder });
      byKey.set(key, holdings);
    }
  }
  return byKey;
}

/**
 * Principals of a configuration. A client without an authid is identified by its key, if exactly one principal has that
 * key.
 */
export function staticKeys(principals: Readonly<Record<string, KeyHolder>>): PrincipalSource<KeyPrincipal> {
  const byKey = holdingsByKey(principals);
  return {
    provider: 'static',
    find: (claim) => {
      const pubkey = announcedKey(claim) ?? '';
      const holdings = byKey.get(pubkey) ?? [];
      const meant = claim.authid === undefined ? holdings : holdings.filter(({ authid }) => authid === claim.authid);
      const [holding] = meant;
      if (holding === undefined || meant.length > 1) return undefined;
      const { role, realm, extra } = holding.holder;
      return { pubkey, role, realm, extra, authid: holding.authid };
    },
  };
}
