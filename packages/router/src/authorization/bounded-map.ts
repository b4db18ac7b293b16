const MAX_ENTRIES = 10_000;
const MAX_CHARACTERS = 1_048_576;

/**
 * Remembers answers by name. If the entries become too many or their names too long, it clears itself: no client can
 * make it grow without limit.
 */
export class BoundedMap<T> {
  readonly #values = new Map<string, T>();
  #characters = 0;

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    this.#characters += key.length;
    if (this.#values.size >= MAX_ENTRIES || this.#characters > MAX_CHARACTERS) {
      this.#values.clear();
      this.#characters = key.length;
    }
    if (this.#characters <= MAX_CHARACTERS) this.#values.set(key, value);
  }
}
