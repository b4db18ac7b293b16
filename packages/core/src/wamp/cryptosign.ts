import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** What an Ed25519 key looks like in DER before its 32 bytes: node:crypto takes no bare ones. */
const derPrefix = '302e020100300506032b657004220420';

/** @param privkey 32 bytes in hexadecimal, as Autobahn has it: the seed of an Ed25519 key. */
function keyOf(privkey: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(derPrefix + privkey, 'hex'), format: 'der', type: 'pkcs8' });
}

/** The public key, in hexadecimal. */
export function publicKeyOf(privkey: string): string {
  const { x = '' } = createPublicKey(keyOf(privkey)).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').toString('hex');
}

/**
 * Signs a challenge: the signature and the challenge itself, in hexadecimal.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#cryptosignauth
 */
export function signChallenge(privkey: string, challenge: string): string {
  return sign(null, Buffer.from(challenge, 'hex'), keyOf(privkey)).toString('hex') + challenge;
}
