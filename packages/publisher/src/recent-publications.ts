/** A publication that the router has acknowledged. */
export interface AcknowledgedPublication {
  /** What the source calls it: its position in the log, or the number that `crossbar.publish` returned. */
  readonly id: string;
  /** What the router calls it, and every event of it. */
  readonly publication: number;
  /** Milliseconds since 1970. */
  readonly acknowledgedAt: number;
}

/** Publications that are remembered: about half a megabyte. */
const limit = 10_000;

/**
 * The publications that the router has acknowledged last, so that an event can be followed back to the log. Numbers are in typed arrays: an object
 * for each publication would grow old, and so become costly garbage.
 */
export class RecentPublications {
  readonly #ids: string[] = [];
  readonly #publications = new Float64Array(limit);
  readonly #times = new Float64Array(limit);
  #next = 0;

  add(id: string, publication: number): void {
    this.#ids[this.#next] = id;
    this.#publications[this.#next] = publication;
    this.#times[this.#next] = Date.now();
    this.#next = (this.#next + 1) % limit;
  }

  /** @param key what the source or the router calls it. */
  find(key: string): AcknowledgedPublication | undefined {
    const index = this.#ids.findIndex((id, index) => id === key || String(this.#publications[index]) === key);
    const id = this.#ids[index];
    if (id === undefined) return undefined;
    return { id, publication: this.#publications[index] ?? 0, acknowledgedAt: this.#times[index] ?? 0 };
  }
}
