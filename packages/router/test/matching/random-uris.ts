/** Whole numbers below a bound, the same ones for the same seed: a test that fails must fail again. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of such a sequence hardly vary.
    return Math.floor((state / 2 ** 32) * below);
  };
}

const COMPONENTS = ['a', 'b', 'ab', 'aba', 'abb'];

/** A short URI of few components, so that many of them match each other; a pattern may have empty ones. */
export function randomUri(random: (below: number) => number, isPattern: boolean): string {
  const components: string[] = [];
  for (let count = 1 + random(4); count > 0; count--) {
    components.push(isPattern && random(3) === 0 ? '' : (COMPONENTS[random(COMPONENTS.length)] as string));
  }
  return components.join('.');
}
