import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { protocolViolation } from './link-fault.ts';

/** The only mechanism that the link offers. */
export const mechanism = 'SCRAM-SHA-256';

// The minimum of the specification is sufficient, because the secret is too long to guess at any speed.
const iterations = 4096;
const digestSize = 32;

const clientFirst = /^([ny],,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+).*)$/;
const clientFinal = /^(c=([^,]*),r=([^,]*).*),p=([^,]*)$/;

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The data that a server needs to verify a secret. The secret itself is not stored. */
export class ScramVerifier {
  readonly salt = randomBytes(16);
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;

  /** @param secret printable ASCII, which needs no normalization. */
  constructor(secret: string) {
    const salted = pbkdf2Sync(secret, this.salt, iterations, digestSize, 'sha256');
    this.storedKey = sha256(hmac(salted, 'Client Key'));
    this.serverKey = hmac(salted, 'Server Key');
  }
}

/**
 * The server side of one authentication, without channel binding.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5802 and https://www.rfc-editor.org/rfc/rfc7677
 */
export class ScramExchange {
  readonly #verifier: ScramVerifier;
  #binding = '';
  #nonce = '';
  #messages = '';

  constructor(verifier: ScramVerifier) {
    this.#verifier = verifier;
  }

  /**
   * Returns the answer to the first message of the client.
   *
   * @throws a fatal `LinkFault` if the message is not SCRAM, or requests an unsupported feature.
   */
  challenge(message: string): string {
    const [, header = '', bare = '', nonce = ''] = clientFirst.exec(message) ?? [];
    if (nonce === '') throw protocolViolation('malformed SCRAM message');
    this.#binding = base64(header);
    this.#nonce = nonce + randomBytes(18).toString('base64');
    const answer = `r=${this.#nonce},s=${this.#verifier.salt.toString('base64')},i=${iterations}`;
    this.#messages = `${bare},${answer}`;
    return answer;
  }

  /**
   * Verifies the client's proof that it has the secret. Returns the server's own proof, or `undefined` if the proof is
   * wrong.
   *
   * @throws a fatal `LinkFault` if the message is not SCRAM, or belongs to another exchange.
   */
  verify(message: string): string | undefined {
    const [, bare = '', binding, nonce, encoded = ''] = clientFinal.exec(message) ?? [];
    const proof = Buffer.from(encoded, 'base64');
    if (binding !== this.#binding || nonce !== this.#nonce || proof.length !== digestSize) {
      throw protocolViolation('malformed SCRAM message');
    }
    const { storedKey, serverKey } = this.#verifier;
    const messages = `${this.#messages},${bare}`;
    const signature = hmac(storedKey, messages);
    const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
    if (!timingSafeEqual(sha256(clientKey), storedKey)) return undefined;
    return `v=${hmac(serverKey, messages).toString('base64')}`;
  }
}
