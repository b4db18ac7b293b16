import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** A random key of this process, never shared. */
const key = randomBytes(32);

/** A keyed digest: constant for the same text during the life of the process, and not computable without the key. */
export function processDigest(text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Like {@link processDigest}, but of any length. */
export function processBytes(text: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', text, length));
}

/** Whether two texts are equal. The duration reveals neither the position of the first difference nor the lengths. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(processDigest(one), processDigest(other));
}
