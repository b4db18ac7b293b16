/** The number of typing errors up to which a word still counts as similar. */
const maxChanges = (word: string) => Math.max(1, Math.floor(word.length / 3));

/** Returns the known word that is most similar to `word`, or undefined if none is similar. */
export function closestOf(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, changes: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ changes }) => changes <= maxChanges(word))
    .sort((one, other) => one.changes - other.changes);
  return ranked[0]?.name;
}

/**
 * The smallest number of letters to insert, delete, replace or swap.
 *
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance#Optimal_string_alignment_distance
 */
function distance(one: string, other: string): number {
  let [before, row] = [[] as number[], Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwap) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}
