import type { StoredEvent } from './event.ts';

/** The limits of an {@link EventBuffer}. */
export interface Bounds {
  readonly events: number;
  readonly bytes: number;
}

/**
 * Events in the order of publication. If a limit is exceeded, the oldest are dropped. An event larger than the whole
 * buffer is not kept.
 */
export class EventBuffer implements Iterable<StoredEvent> {
  // Numbered, because it is slow to find the first entry of a map whose former first entries were deleted.
  readonly #events = new Map<number, StoredEvent>();
  readonly #numbers = new Map<StoredEvent, number>();
  readonly #bounds: Bounds;
  readonly #onDrop: (event: StoredEvent) => void;
  #first = 0;
  #next = 0;
  #bytes = 0;

  constructor(bounds: Bounds, onDrop: (event: StoredEvent) => void = () => {}) {
    this.#bounds = bounds;
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#events.size;
  }

  add(event: StoredEvent): void {
    if (event.bytes <= this.#bounds.bytes) this.#put(event);
    else this.#onDrop(event);
  }

  delete(event: StoredEvent): void {
    const number = this.#numbers.get(event);
    if (number === undefined) return;
    this.#numbers.delete(event);
    this.#events.delete(number);
    this.#bytes -= event.bytes;
  }

  [Symbol.iterator](): Iterator<StoredEvent> {
    return this.#events.values();
  }

  #put(event: StoredEvent): void {
    this.#events.set(this.#next, event);
    this.#numbers.set(event, this.#next++);
    this.#bytes += event.bytes;
    while (this.#events.size > this.#bounds.events || this.#bytes > this.#bounds.bytes) this.#dropFirst();
  }

  #dropFirst(): void {
    const event = this.#events.get(this.#first++);
    // The event was deleted earlier.
    if (event === undefined) return;
    this.delete(event);
    this.#onDrop(event);
  }
}
