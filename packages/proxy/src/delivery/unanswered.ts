import type { OutgoingMessage } from '../sinks/sink.ts';

/**
 * The messages that a broker has not answered yet. After a loss of the connection they are sent again, and the broker
 * may receive them twice, so they are counted.
 */
export class Unanswered {
  readonly #lost = new Set<string>();
  #repeated = 0;

  /** The number of messages that were sent again. */
  get repeated(): number {
    return this.#repeated;
  }

  sent(message: OutgoingMessage): void {
    if (this.#lost.size > 0 && this.#lost.delete(identityOf(message))) this.#repeated += 1;
    message.progress.state = 'sent';
  }

  /** Notes the loss of the connection over which some of these messages were sent. */
  lose(messages: Iterable<OutgoingMessage>): void {
    for (const message of messages) {
      if (message.progress.state !== 'sent') continue;
      message.progress.state = 'ready';
      this.#lost.add(identityOf(message));
    }
  }
}

/** Identifies a message among those sent to a sink. */
export function identityOf({ id, destination, key }: OutgoingMessage): string {
  return `${id}\n${destination}\n${key}`;
}
