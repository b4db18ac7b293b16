/** One figure and what it has to be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The bound that the figure must keep, if it has one. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A part of a bench: measures and tells its figures. */
export type Part = () => Promise<readonly Figure[]>;

/**
 * Runs the named parts, or all, and prints their figures.
 *
 * @returns whether all bounds were kept.
 */
export async function runParts(parts: Readonly<Record<string, Part>>, names: readonly string[]): Promise<boolean> {
  const unknown = names.find((name) => !(name in parts));
  if (unknown) throw new Error(`there is no part ${unknown}; there is ${Object.keys(parts).join(', ')}`);
  let kept = true;
  for (const [name, part] of Object.entries(parts)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n${name}`);
    for (const figure of await part()) kept = print(figure) && kept;
  }
  return kept;
}

function print({ what, value, unit, atLeast, atMost }: Figure): boolean {
  const kept = value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
  const bound = atLeast !== undefined ? `>= ${atLeast}` : atMost !== undefined ? `<= ${atMost}` : '';
  const verdict = bound === '' ? '' : kept ? `ok   ${bound}` : `MISS ${bound}`;
  console.log(`  ${what.padEnd(64)} ${format(value).padStart(11)} ${unit.padEnd(6)} ${verdict}`.trimEnd());
  return kept;
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
}

/** The middle one of some measurements. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The measurement that the given share of all does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
