/** A publication that the router has acknowledged. */
export interface AcknowledgedPublication {
  /** What the source calls it: its position in the log, or the number that `crossbar.publish` returned. */
  readonly id: string;
  /** What the router calls it, and every event of it. */
  readonly publication: number;
  /** Milliseconds since 1970. */
  readonly acknowledgedAt: number;
}

/** Publications that are remembered: about a megabyte. */
const limit = 10_000;

/** The publications that the router has acknowledged last, so that an event can be followed back to the log. */
export class RecentPublications {
  readonly #ring: AcknowledgedPublication[] = [];
  #next = 0;

  add(id: string, publication: number): void {
    this.#ring[this.#next] = { id, publication, acknowledgedAt: Date.now() };
    this.#next = (this.#next + 1) % limit;
  }

  /** @param key what the source or the router calls it. */
  find(key: string): AcknowledgedPublication | undefined {
    return this.#ring.find(({ id, publication }) => id === key || String(publication) === key);
  }
}
