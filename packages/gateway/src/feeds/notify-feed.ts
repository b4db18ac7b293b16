import { type ChannelSubscriptions, reason, type Subscription } from '@pgwamp/core/internal/postgres';
import type { Feed, FeedEvents, Listening } from '../context.ts';

/** Channels of NOTIFY, all on one connection. */
export class NotifyFeed implements Feed {
  readonly #subscriptions: ChannelSubscriptions;
  readonly #events: FeedEvents;
  readonly #channels = new Map<string, Subscription>();

  constructor(subscriptions: ChannelSubscriptions, events: FeedEvents) {
    this.#subscriptions = subscriptions;
    this.#events = events;
  }

  listen(channel: string): Promise<Listening> {
    const { promise, resolve, reject } = Promise.withResolvers<Listening>();
    const channels = [channel];
    let isInterrupted = false;
    const resume = () => {
      if (isInterrupted) this.#events.resumed(channels);
      isInterrupted = false;
    };
    try {
      const subscription = this.#subscriptions.subscribe(channel, {
        notifiedBytes: (payload) => {
          // LISTEN is in force before its callback runs, so report the gap first.
          resume();
          this.#events.message({ channel, payload });
        },
        listening: () => {
          resolve({});
          resume();
        },
        interrupted: (error) => {
          isInterrupted = true;
          this.#events.interrupted(channels, reason(error));
        },
        refused: (error) => {
          this.#channels.delete(channel);
          reject(error);
        },
      });
      this.#channels.set(channel, subscription);
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  unlisten(channel: string): void {
    this.#channels.get(channel)?.unsubscribe();
    this.#channels.delete(channel);
  }
}
