/** A publication that the router has acknowledged. */
export interface AcknowledgedPublication {
  /** The id in the source: its position in the log, or the number that `crossbar.publish` returned. */
  readonly id: string;
  /** The router's publication id, which all its events contain. */
  readonly publication: number;
  /** Milliseconds since 1970. */
  readonly acknowledgedAt: number;
  /** Commit time of its transaction with delivery `wal`: milliseconds since 1970, with microseconds as a fraction. */
  readonly committedAt?: number | undefined;
}

/** Number of publications to remember. They take about half a megabyte. */
const limit = 10_000;

/**
 * The publications that the router has acknowledged most recently, so that an event can be traced back to the log.
 * Numbers are in typed arrays, because an object for each publication would be promoted to the old generation, where
 * garbage collection is expensive.
 */
export class RecentPublications {
  readonly #ids: string[] = [];
  readonly #publications = new Float64Array(limit);
  readonly #times = new Float64Array(limit);
  /** NaN if the log does not contain the commit time. */
  readonly #commits = new Float64Array(limit);
  #next = 0;

  /** @param committedAt undefined if the log does not contain the commit time. */
  add(id: string, publication: number, committedAt: number | undefined): void {
    this.#ids[this.#next] = id;
    this.#publications[this.#next] = publication;
    this.#times[this.#next] = Date.now();
    this.#commits[this.#next] = committedAt ?? Number.NaN;
    this.#next = (this.#next + 1) % limit;
  }

  /** @param key the id in the source, or the router's publication id. */
  find(key: string): AcknowledgedPublication | undefined {
    const number = Number(key);
    const count = this.#ids.length;
    // The search starts with the newest, because most queries are for recent publications.
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
