import { createHmac, createPrivateKey, createPublicKey, type KeyObject, pbkdf2Sync, sign } from 'node:crypto';
import type { AuthenticationConfiguration } from '@pgwamp/config';
import { WampError } from '../errors.ts';

/** The authentication fields of HELLO. */
export interface Credentials {
  readonly methods: string[];
  readonly authid: string | undefined;
  /** `authextra`. */
  readonly extra: { readonly pubkey: string } | undefined;
}

/** Returns the methods to offer, strongest first, and their common authid. */
export function credentials(authentication: AuthenticationConfiguration): Credentials {
  const { cryptosign, wampcra, ticket, anonymous } = authentication;
  const offered = { cryptosign, wampcra, ticket };
  const methods = Object.keys(offered).filter((method) => offered[method as keyof typeof offered]);
  if (anonymous || methods.length === 0) methods.push('anonymous');
  const authid = cryptosign?.authid ?? wampcra?.authid ?? ticket?.authid ?? anonymous?.authid;
  return { methods, authid, extra: cryptosign && { pubkey: publicKeyOf(cryptosign.privkey) } };
}

/**
 * Answers a CHALLENGE.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-authentication-methods
 * @throws `WampError` for a method that was not offered.
 */
export function answerChallenge(
  { cryptosign, wampcra, ticket }: AuthenticationConfiguration,
  method: string,
  extra: Readonly<Record<string, unknown>>,
): string {
  if (method === 'ticket' && ticket) return ticket.ticket;
  if (method === 'wampcra' && wampcra) {
    return createHmac('sha256', craKey(wampcra.secret, extra)).update(String(extra.challenge)).digest('base64');
  }
  if (method === 'cryptosign' && cryptosign) return signChallenge(cryptosign.privkey, String(extra.challenge));
  throw new WampError('wamp.error.no_matching_auth_method', [`challenged by ${method}, which was not offered`]);
}

/** The key that both sides sign with: the secret, or the base64 of a key derived from it. */
function craKey(secret: string, { salt, iterations, keylen }: Readonly<Record<string, unknown>>): string {
  if (typeof salt !== 'string') return secret;
  return pbkdf2Sync(secret, salt, Number(iterations ?? 1000), Number(keylen ?? 32), 'sha256').toString('base64');
}

/** The DER encoding of an Ed25519 private key before its 32 bytes. node:crypto does not accept raw keys. */
const derPrefix = '302e020100300506032b657004220420';

/** @param privkey the seed of an Ed25519 key, as in Autobahn: 32 bytes in hexadecimal. */
function keyOf(privkey: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(derPrefix + privkey, 'hex'), format: 'der', type: 'pkcs8' });
}

/** Returns the public key in hexadecimal. */
function publicKeyOf(privkey: string): string {
  const { x = '' } = createPublicKey(keyOf(privkey)).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').toString('hex');
}

/**
 * Signs a challenge. Returns the signature followed by the challenge, in hexadecimal.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#cryptosignauth
 */
function signChallenge(privkey: string, challenge: string): string {
  return sign(null, Buffer.from(challenge, 'hex'), keyOf(privkey)).toString('hex') + challenge;
}
