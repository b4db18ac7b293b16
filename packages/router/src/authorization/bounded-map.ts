const CAPACITY = 10_000;

/** Remembers answers by name; when there are too many it begins anew, so that no client can make it grow. */
export class BoundedMap<T> {
  readonly #values = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): void {
    if (this.#values.size >= CAPACITY) this.#values.clear();
    this.#values.set(key, value);
  }
}
