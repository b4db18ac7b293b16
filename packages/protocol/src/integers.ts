// A conversion to digits takes time that grows with the square of the length; a longer bignum stays bytes.
const LONGEST = 512;

/** An integer as a number, if a number can hold it. */
export function integerFrom(value: bigint): number | bigint {
  const number = Number(value);
  // 2^53 is the largest WAMP id, and the only one beyond the safe integers.
  return Number.isSafeInteger(number) || (number === 2 ** 53 && value === 2n ** 53n) ? number : value;
}

/**
 * The value of a tagged CBOR item: an integer, if the tag is one for big integers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8949.html#section-3.4.3
 */
export function withoutTag(tag: number | bigint, value: unknown): unknown {
  const isBignum = (tag === 2 || tag === 3) && value instanceof Uint8Array && value.length <= LONGEST;
  if (!isBignum) return value;
  const magnitude = BigInt(`0x0${Buffer.from(value).toString('hex')}`);
  return integerFrom(tag === 2 ? magnitude : -1n - magnitude);
}
