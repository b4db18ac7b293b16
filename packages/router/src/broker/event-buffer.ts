import type { StoredEvent } from './stored-event.ts';

/** How much an {@link EventBuffer} holds. */
export interface Bounds {
  readonly events: number;
  readonly bytes: number;
}

/**
 * Events in the order of publication. When there are too many, or they take too much, the oldest are dropped; one that
 * would take too much by itself is not kept at all.
 */
export class EventBuffer implements Iterable<StoredEvent> {
  readonly #events = new Set<StoredEvent>();
  readonly #bounds: Bounds;
  readonly #onDrop: (event: StoredEvent) => void;
  #bytes = 0;

  constructor(bounds: Bounds, onDrop: (event: StoredEvent) => void = () => {}) {
    this.#bounds = bounds;
    this.#onDrop = onDrop;
  }

  add(event: StoredEvent): void {
    if (event.bytes <= this.#bounds.bytes) this.#put(event);
    else this.#onDrop(event);
  }

  delete(event: StoredEvent): void {
    if (this.#events.delete(event)) this.#bytes -= event.bytes;
  }

  [Symbol.iterator](): Iterator<StoredEvent> {
    return this.#events.values();
  }

  #put(event: StoredEvent): void {
    this.#events.add(event);
    this.#bytes += event.bytes;
    for (const oldest of this.#events) {
      if (this.#events.size <= this.#bounds.events && this.#bytes <= this.#bounds.bytes) return;
      this.delete(oldest);
      this.#onDrop(oldest);
    }
  }
}
