/** Number of keys to remember. */
const limit = 1000;
const minute = 60_000;

/** Passes repeated messages once a minute, so that they appear in a log without filling it. */
export class OnceAMinute {
  readonly #passed = new Map<string, { until: number; held: number }>();

  /** Returns how many repetitions were suppressed since the last pass. Returns undefined if this one is suppressed. */
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
