import { Doorbell } from '../doorbell.ts';
import type { Batch, Message, Parser, Source } from '../pipeline/index.ts';
import type { Notifications, Subscription } from '../postgres/index.ts';

/**
 * Maximum number of waiting messages. If a LISTENing session stopped reading instead, every NOTIFY of the cluster would
 * fail in the end.
 */
const queueLength = 100_000;

/** Options of a {@link NotifySource}. */
export interface NotifyOptions<M extends Message> {
  readonly notifications: Notifications;
  readonly channel: string;
  /** Creates messages from payloads. The id of a message is a counter of this source. */
  readonly parse: Parser<M>;
  /** Called when messages were dropped, because they arrived faster than the sink accepted them. */
  dropped(count: number): void;
  /** Called when the connection was lost. Notifications are missed until it is open again. */
  interrupted?(error: unknown): void;
}

/** A source of the notifications of a channel, with delivery at most once. */
export class NotifySource<M extends Message> implements Source<M> {
  readonly #subscription: Subscription;
  readonly #listening = Promise.withResolvers<void>();
  readonly #bell = new Doorbell();
  readonly #options: NotifyOptions<M>;
  #messages: M[] = [];
  #received = 0;

  constructor(options: NotifyOptions<M>) {
    this.#options = options;
    const { notifications, channel } = options;
    this.#subscription = notifications.subscribe(channel, {
      notified: (payload) => this.#accept(payload),
      listening: () => this.#listening.resolve(),
      interrupted: (error) => options.interrupted?.(error),
    });
  }

  /** Resolves when LISTEN is in force. */
  get listening(): Promise<void> {
    return this.#listening.promise;
  }

  async *read(stop: AbortSignal): AsyncGenerator<Batch<M>> {
    using _ = this.#bell.ringOn(stop);
    while (!stop.aborted) {
      if (this.#messages.length > 0) yield this.#take();
      else await this.#bell.wait();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription.unsubscribe();
  }

  #accept(payload: string): void {
    this.#received += 1;
    if (this.#messages.length < queueLength) this.#messages.push(this.#parse(payload));
    else this.#options.dropped(1);
    this.#bell.ring();
  }

  #parse(payload: string): M {
    const { parse, channel } = this.#options;
    return parse(String(this.#received), channel, payload, Buffer.byteLength(payload), true);
  }

  #take(): Batch<M> {
    const batch = { messages: this.#messages, confirm: undefined };
    this.#messages = [];
    return batch;
  }
}
