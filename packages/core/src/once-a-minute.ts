/** So many keys are remembered. */
const limit = 1000;
const minute = 60_000;

/** Lets what repeats itself through once a minute, so that a log shows it and is not filled by it. */
export class OnceAMinute {
  readonly #passed = new Map<string, { until: number; held: number }>();

  /** How often the same was held back since it was let through; undefined if it is held back now. */
  pass(key: string): number | undefined {
    const now = performance.now();
    const known = this.#passed.get(key);
    if (known && now < known.until) {
      known.held += 1;
      return undefined;
    }
    this.#passed.delete(key);
    const [oldest] = this.#passed.keys();
    if (oldest !== undefined && this.#passed.size >= limit) this.#passed.delete(oldest);
    this.#passed.set(key, { until: now + minute, held: 0 });
    return known?.held ?? 0;
  }
}
