import type { OutgoingMessage } from '../sinks/sink.ts';

/**
 * The messages that a broker has not answered yet. Those that it has not answered when the connection is lost are sent again, and it may have
 * them twice: they are counted.
 */
export class Unanswered {
  readonly #lost = new Set<string>();
  #repeated = 0;

  /** Messages that were sent again. */
  get repeated(): number {
    return this.#repeated;
  }

  sent(message: OutgoingMessage): void {
    if (this.#lost.size > 0 && this.#lost.delete(identityOf(message))) this.#repeated += 1;
    message.state = 'sent';
  }

  /** The connection is lost over which these were sent, among others. */
  lose(messages: Iterable<OutgoingMessage>): void {
    for (const message of messages) {
      if (message.state !== 'sent') continue;
      message.state = 'ready';
      this.#lost.add(identityOf(message));
    }
  }
}

/** What tells a message from the others that a sink is sent. */
export function identityOf({ id, destination, key }: OutgoingMessage): string {
  return `${id}\n${destination}\n${key}`;
}
