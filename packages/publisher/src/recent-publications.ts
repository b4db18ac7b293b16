/** A publication that the router has acknowledged. */
export interface AcknowledgedPublication {
  /** What the source calls it: its position in the log, or the number that `crossbar.publish` returned. */
  readonly id: string;
  /** What the router calls it, and every event of it. */
  readonly publication: number;
  /** Milliseconds since 1970. */
  readonly acknowledgedAt: number;
  /** When its transaction was committed, by delivery `wal`: milliseconds since 1970, with microseconds as a fraction. */
  readonly committedAt?: number | undefined;
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
  /** NaN where the log does not tell it. */
  readonly #commits = new Float64Array(limit);
  #next = 0;

  /** @param committedAt undefined where the log does not tell it. */
  add(id: string, publication: number, committedAt: number | undefined): void {
    this.#ids[this.#next] = id;
    this.#publications[this.#next] = publication;
    this.#times[this.#next] = Date.now();
    this.#commits[this.#next] = committedAt ?? Number.NaN;
    this.#next = (this.#next + 1) % limit;
  }

  /** @param key what the source or the router calls it. */
  find(key: string): AcknowledgedPublication | undefined {
    const number = Number(key);
    const count = this.#ids.length;
    // The newest first: most questions are about what has just been published.
    for (let age = 1; age <= count; age += 1) {
      const index = (this.#next - age + count) % count;
      const id = this.#ids[index] as string;
      if (this.#publications[index] === number || id === key) return this.#at(index, id);
    }
    return undefined;
  }

  #at(index: number, id: string): AcknowledgedPublication {
    const committedAt = this.#commits[index];
    const acknowledged = { id, publication: this.#publications[index] ?? 0, acknowledgedAt: this.#times[index] ?? 0 };
    return Number.isNaN(committedAt) ? acknowledged : { ...acknowledged, committedAt };
  }
}
