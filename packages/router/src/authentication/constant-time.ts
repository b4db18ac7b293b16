import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const key = randomBytes(32);

function digest(text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Whether two texts are the same, in a time that tells nothing of where they differ, nor of how long they are. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}
