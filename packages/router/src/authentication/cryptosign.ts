import { createPublicKey, type KeyObject, randomBytes, timingSafeEqual, verify } from 'node:crypto';
import type { Dict } from '@pgwamp/protocol';
import type { AuthMethod, Claim } from './authentication.ts';
import { admit, denied, type Principal, type PrincipalSource } from './principal.ts';
import { settle } from './settle.ts';

const METHOD = 'cryptosign';
const CHALLENGE_LENGTH = 32;
const SIGNATURE_LENGTH = 64;
const PUBLIC_KEY = /^[0-9a-f]{64}$/;
const ANSWER = /^[0-9a-f]{192}$/i;
// What an Ed25519 key looks like in DER before its 32 bytes: node:crypto takes no bare ones.
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A principal and the public key that this client is to prove to hold the other half of. */
export interface KeyPrincipal extends Principal {
  /** 32 bytes in hexadecimal. */
  readonly pubkey: string;
}

/** The key that the client announces, in lower case; `undefined` if it announces none. */
export function announcedKey({ authextra }: Claim): string | undefined {
  const pubkey = (authextra as Dict | null)?.pubkey;
  const key = typeof pubkey === 'string' ? pubkey.toLowerCase() : '';
  return PUBLIC_KEY.test(key) ? key : undefined;
}

function keyFrom(pubkey: string): KeyObject {
  return createPublicKey({ key: Buffer.concat([DER_PREFIX, Buffer.from(pubkey, 'hex')]), format: 'der', type: 'spki' });
}

/** Whether the answer is the signature of the challenge followed by the challenge, as the specification has it. */
function isSigned(answer: string, challenge: Buffer, key: KeyObject): boolean {
  if (!ANSWER.test(answer)) return false;
  const bytes = Buffer.from(answer, 'hex');
  const signed = bytes.subarray(SIGNATURE_LENGTH);
  return timingSafeEqual(signed, challenge) && verify(null, signed, key, bytes.subarray(0, SIGNATURE_LENGTH));
}

/**
 * The client signs a random challenge with its Ed25519 key. There is no channel binding: where a client asks for it, the
 * CHALLENGE says that it is not in use, and the client decides whether it goes on.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#cryptosignauth
 */
export function cryptosign(source: PrincipalSource<KeyPrincipal>): AuthMethod {
  return {
    name: METHOD,
    canBegin: (claim) => announcedKey(claim) !== undefined,
    begin: (claim) =>
      settle(source.find(claim, {}), (principal) => {
        if (principal === undefined) throw denied();
        // Who is not called anything is called by the key.
        const authid = principal.authid ?? claim.authid ?? principal.pubkey;
        const admission = admit(claim, METHOD, source.provider, { ...principal, authid });
        const challenge = randomBytes(CHALLENGE_LENGTH);
        const key = keyFrom(principal.pubkey);
        return {
          method: METHOD,
          extra: { challenge: challenge.toString('hex'), channel_binding: null },
          verify: (signature) => {
            if (isSigned(signature, challenge, key)) return admission;
            throw denied();
          },
        };
      }),
  };
}
