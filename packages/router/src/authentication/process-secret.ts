import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** Nobody outside of this process has it. */
const key = randomBytes(32);

/** A digest that nobody else can compute, and that is the same for the same text as long as the process lives. */
export function processDigest(text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** The same, of any length. */
export function processBytes(text: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', text, length));
}

/** Whether two texts are the same, in a time that tells nothing of where they differ, nor of how long they are. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(processDigest(one), processDigest(other));
}
