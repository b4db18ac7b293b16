import { Lost, Refused } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import type { OpenSink, OutgoingMessage } from '../../src/sinks/sink.ts';

/** The decision of a test about a message: an error, a promise to wait for, or nothing. */
export type Verdict = Error | Promise<unknown> | undefined;

/** A broker in the test's own process: it records what it has confirmed, and fails as it is told. */
export class RecordingBroker {
  readonly messages: OutgoingMessage[] = [];
  /** Connections that were opened. */
  opened = 0;
  isDown = false;
  /** The outcome of a message; nothing confirms it. */
  judge: (message: OutgoingMessage) => Verdict = () => undefined;
  readonly #connections = new Set<AbortController>();

  /** For `kind: 'custom'`. */
  readonly open = async (): Promise<OpenSink> => {
    if (this.isDown) throw new Lost('the broker is down', false);
    this.opened += 1;
    const lost = new AbortController();
    this.#connections.add(lost);
    return {
      lost: lost.signal,
      send: (message) => this.#take(message, lost.signal),
      destroy: () => lost.abort(new Lost('the connection was destroyed', false)),
      [Symbol.asyncDispose]: async () => {
        this.#connections.delete(lost);
      },
    };
  };

  /** Cuts all connections. */
  cut(): void {
    for (const connection of this.#connections) connection.abort(new Lost('the test has cut the connection', false));
  }

  /** Is not there for a while. */
  goDown(): void {
    this.isDown = true;
    this.cut();
  }

  texts(): string[] {
    return this.messages.map(({ payload }) => String(payload));
  }

  /** The rows of changes in the format "row". */
  rows(): unknown[] {
    return this.texts().map((text) => JSON.parse(text).row);
  }

  /** Resolves when so many different messages were confirmed. */
  async has(count: number, deadline = 20_000): Promise<void> {
    const ids = () => new Set(this.messages.map(({ id, destination, key }) => `${id} ${destination} ${key}`)).size;
    await waitFor(() => ids() >= count, { what: `${count} messages; there are ${ids()}`, deadline });
  }

  async #take(message: OutgoingMessage, lost: AbortSignal) {
    const verdict = this.judge(message);
    if (verdict instanceof Error) throw verdict;
    if (verdict !== undefined)
      await Promise.race([verdict, new Promise((resolve) => lost.addEventListener('abort', resolve))]);
    lost.throwIfAborted();
    this.messages.push(message);
    return {};
  }
}

/** The refusal of a broker that never accepts a message. */
export function refusal(message = 'no such exchange'): Refused {
  return new Refused('refused', message);
}
