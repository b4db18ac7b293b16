/** An integer as a number, if a number can hold it. */
export function integerFrom(value: bigint): number | bigint {
  const number = Number(value);
  // 2^53 is the largest WAMP id, and the only one beyond the safe integers.
  return Number.isSafeInteger(number) || (number === 2 ** 53 && value === 2n ** 53n) ? number : value;
}
