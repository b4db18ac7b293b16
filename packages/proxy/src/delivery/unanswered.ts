import type { OutgoingMessage } from '../sinks/sink.ts';

/**
 * The messages that a broker has not answered yet. Those that it has not answered when the connection is lost are sent again, and it may have
 * them twice: they are counted.
 */
export class Unanswered {
  readonly #waiting = new Set<OutgoingMessage>();
  readonly #lost = new Set<string>();
  #repeated = 0;

  /** Messages that were sent again. */
  get repeated(): number {
    return this.#repeated;
  }

  sent(message: OutgoingMessage): void {
    if (this.#lost.size > 0 && this.#lost.delete(identityOf(message))) this.#repeated += 1;
    this.#waiting.add(message);
  }

  answered(message: OutgoingMessage): void {
    this.#waiting.delete(message);
  }

  /** What has not been answered by now never is. */
  lose(): void {
    for (const message of this.#waiting) this.#lost.add(identityOf(message));
    this.#waiting.clear();
  }
}

/** What tells a message from the others that a sink is sent. */
export function identityOf({ id, destination, key }: OutgoingMessage): string {
  return `${id}\n${destination}\n${key}`;
}
