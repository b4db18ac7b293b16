import { createHmac } from 'node:crypto';
import { isSameSecret } from '../authentication/process-secret.ts';
import { HttpError } from './http-error.ts';

/** What requests have to be signed with. */
export interface Signer {
  readonly key: string;
  readonly secret: string;
  /** In seconds; 0 for any. */
  readonly timestampDeltaLimit: number;
}

const FIELDS = ['key', 'timestamp', 'seq', 'nonce', 'signature'] as const;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z$/;

function fieldsOf(query: URLSearchParams): Record<(typeof FIELDS)[number], string> {
  const entries = FIELDS.map((name) => [name, query.get(name)] as const);
  const missing = entries.find(([, value]) => value === null);
  if (missing !== undefined) throw new HttpError(400, `the request must be signed, and its ${missing[0]} is missing`);
  return Object.fromEntries(entries) as Record<(typeof FIELDS)[number], string>;
}

function assertTimely(timestamp: string, limit: number): void {
  const time = TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(time)) throw new HttpError(400, 'the timestamp must be as 2011-10-14T16:59:51.123Z');
  if (limit > 0 && Math.abs(Date.now() - time) > limit * 1000) {
    throw new HttpError(400, `the timestamp is more than ${limit} seconds off`);
  }
}

function assertInteger(name: string, value: string): void {
  if (!/^-?\d+$/.test(value)) throw new HttpError(400, `the ${name} must be an integer`);
}

/** The signature of a request, as Crossbar.io computes it; without the padding at its end. */
function signatureOf(secret: string, parts: readonly string[], body: Uint8Array): string {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.update(body).digest('base64url');
}

/**
 * Checks a signature as far as that is possible without the body, which need not be read for a request that fails.
 *
 * @returns what checks the body
 * @throws HttpError 400 if something is missing or malformed, 401 if the key, or later the signature, is not right
 * @see https://crossbar.io/docs/HTTP-Bridge-Publisher/
 */
export function assertSigned(query: URLSearchParams, signer: Signer): (body: Uint8Array) => void {
  const { key, timestamp, seq, nonce, signature } = fieldsOf(query);
  const refused = () => new HttpError(401, 'the key or the signature is not right');
  assertTimely(timestamp, signer.timestampDeltaLimit);
  assertInteger('seq', seq);
  assertInteger('nonce', nonce);
  if (!isSameSecret(key, signer.key)) throw refused();
  return (body) => {
    const expected = signatureOf(signer.secret, [key, timestamp, seq, nonce], body);
    if (!isSameSecret(signature.replace(/=+$/, ''), expected)) throw refused();
  };
}
