import { integerFrom } from './integer.ts';

// A conversion to digits takes time that grows with the square of the length; what is longer stays bytes.
const LONGEST = 512;

/**
 * What a tagged item stands for: an integer, if the tag is that of one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8949.html#section-3.4.3
 */
export function withoutTag(tag: number | bigint, value: unknown): unknown {
  const isBignum = (tag === 2 || tag === 3) && value instanceof Uint8Array && value.length <= LONGEST;
  if (!isBignum) return value;
  const magnitude = BigInt(`0x0${Buffer.from(value).toString('hex')}`);
  return integerFrom(tag === 2 ? magnitude : -1n - magnitude);
}
