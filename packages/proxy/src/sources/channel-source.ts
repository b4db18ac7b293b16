import { randomUUID } from 'node:crypto';
import { Doorbell } from '@pgwamp/core/internal/component';
import type { Batch, Source } from '@pgwamp/core/internal/pipeline';
import type { Notifications, Subscription } from '@pgwamp/core/internal/postgres';
import { unframed } from './framing.ts';
import type { ChannelMessage } from './source-message.ts';

/** Limit of waiting messages. A listener that stops reading would eventually make every NOTIFY of the cluster fail. */
const queueLength = 100_000;

/** The options of a {@link ChannelSource}. */
export interface ChannelOptions {
  readonly name: string;
  readonly channels: readonly string[];
  readonly framing: 'none' | 'key';
  readonly notifications: Notifications;
  /** Called when a message was dropped, since messages arrive faster than the sinks accept them. */
  dropped(): void;
  /** Called when notifications may be missed, until `listening`. */
  interrupted(): void;
  /** Called when LISTEN is in force for all channels. */
  listening(): void;
}

/** Notifications of channels: at most once, in the order of NOTIFY. */
export class ChannelSource implements Source<ChannelMessage> {
  readonly #options: ChannelOptions;
  readonly #subscriptions: readonly Subscription[];
  readonly #bell = new Doorbell();
  // PostgreSQL does not number notifications, and a consumer must not mistake a new one for a repeat.
  readonly #session = randomUUID();
  readonly #silent: Set<string>;
  readonly #heard = Promise.withResolvers<void>();
  #messages: ChannelMessage[] = [];
  #received = 0;

  constructor(options: ChannelOptions) {
    this.#options = options;
    const channels = [...new Set(options.channels)];
    this.#silent = new Set(channels);
    this.#subscriptions = channels.map((channel) =>
      options.notifications.subscribe(channel, {
        notified: (payload) => this.#accept(channel, payload),
        listening: () => this.#listen(channel),
        interrupted: () => this.#interrupt(channel),
      }),
    );
  }

  /** Resolves when LISTEN is in force for every channel for the first time. */
  get listening(): Promise<void> {
    return this.#heard.promise;
  }

  async *read(stop: AbortSignal): AsyncGenerator<Batch<ChannelMessage>> {
    using _ = this.#bell.ringOn(stop);
    while (!stop.aborted) {
      if (this.#messages.length > 0) yield this.#take();
      else await this.#bell.wait();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #listen(channel: string): void {
    this.#silent.delete(channel);
    if (this.#silent.size > 0) return;
    this.#options.listening();
    this.#heard.resolve();
  }

  #interrupt(channel: string): void {
    if (this.#silent.size === 0) this.#options.interrupted();
    this.#silent.add(channel);
  }

  #accept(channel: string, text: string): void {
    this.#received += 1;
    const { key, payload } = unframed(text, this.#options.framing);
    if (this.#messages.length >= queueLength) this.#options.dropped();
    else {
      this.#messages.push({
        kind: 'channel',
        id: `${this.#session}/${this.#received}`,
        channel,
        key,
        payload,
        size: Buffer.byteLength(payload),
        source: this.#options.name,
        committedAt: undefined,
        receivedAt: Date.now(),
        position: undefined,
      });
    }
    this.#bell.ring();
  }

  #take(): Batch<ChannelMessage> {
    const batch = { messages: this.#messages, confirm: undefined };
    this.#messages = [];
    return batch;
  }
}
