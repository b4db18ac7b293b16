// The time of a conversion to digits grows with the square of the length, so a longer bignum remains bytes.
const LONGEST = 512;

/** Returns an integer as a number if a number represents it exactly, and as a bigint otherwise. */
export function integerFrom(value: bigint): number | bigint {
  const number = Number(value);
  // 2^53 is the largest WAMP id, and the only one beyond the safe integers.
  return Number.isSafeInteger(number) || (number === 2 ** 53 && value === 2n ** 53n) ? number : value;
}

/**
 * The value of a tagged CBOR item. A bignum tag makes it an integer. Other tags are ignored.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8949.html#section-3.4.3
 */
export function withoutTag(tag: number | bigint, value: unknown): unknown {
  const isBignum = (tag === 2 || tag === 3) && value instanceof Uint8Array && value.length <= LONGEST;
  if (!isBignum) return value;
  const magnitude = BigInt(`0x0${Buffer.from(value).toString('hex')}`);
  return integerFrom(tag === 2 ? magnitude : -1n - magnitude);
}
