/** A generator of pseudo-random numbers in [0, 1): the same seed gives the same numbers. */
export function seeded(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    // Xorshift: three shifts that visit every state but 0.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The next pause between events that come independently of each other, so many a second on average. */
export function exponential(random: () => number, perSecond: number): number {
  return -Math.log(1 - random()) / perSecond;
}
