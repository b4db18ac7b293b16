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

/** Publications that are remembered: about a megabyte. */
const limit = 10_000;

/** The publications that the router has acknowledged last, so that an event can be followed back to the log. */
export class RecentPublications {
  readonly #ring: AcknowledgedPublication[] = [];
  #next = 0;

  add(id: string, publication: number, committedAt: number | undefined): void {
    this.#ring[this.#next] = { id, publication, acknowledgedAt: Date.now(), committedAt };
    this.#next = (this.#next + 1) % limit;
  }

  /** @param key what the source or the router calls it. */
  find(key: string): AcknowledgedPublication | undefined {
    const number = Number(key);
    const count = this.#ring.length;
    // The newest first: most questions are about what has just been published.
    for (let age = 1; age <= count; age += 1) {
      const found = this.#ring[(this.#next - age + count) % count] as AcknowledgedPublication;
      if (found.publication === number || found.id === key) return found;
    }
    return undefined;
  }
}
