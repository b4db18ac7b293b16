import { Doorbell } from '../doorbell.ts';
import type { Batch, Message, Parser, Source } from '../pipeline/index.ts';
import type { Notifications, Subscription } from '../postgres/index.ts';

/** Messages that may wait; a LISTENer that read no more would in the end make every NOTIFY of the cluster fail. */
const queueLength = 100_000;

/** What a {@link NotifySource} reads. */
export interface NotifyOptions<M extends Message> {
  readonly notifications: Notifications;
  readonly channel: string;
  /** What makes messages of the payloads; the id counts those of this source. */
  readonly parse: Parser<M>;
  /** So many were dropped since they came faster than the sink took them. */
  dropped(count: number): void;
  /** The connection was lost: what is notified until it is back is missed. */
  interrupted?(error: unknown): void;
}

/** What is notified to a channel: at most once. */
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
