import { createHmac } from 'node:crypto';
import * as z from 'zod';

const prefix = 'whsec_';

/** A secret of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
export const signingSecret = z.string().refine(isSecret, {
  error: 'whsec_ and 24 to 64 bytes in base64, for example of openssl rand -base64 32',
});

function isSecret(text: string): boolean {
  if (!text.startsWith(prefix) || !/^[A-Za-z0-9+/]+={0,2}$/.test(text.slice(prefix.length))) return false;
  const { length } = keyOf(text);
  return length >= 24 && length <= 64;
}

/**
 * The headers by which a receiver recognizes repeats and verifies the sender.
 *
 * @param secret the signing secret; without it, requests are not signed.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(id: string, payload: string | Buffer, secret: string | undefined) {
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const names = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return names;
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(payload).digest('base64');
  return { ...names, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64');
}
