import type { DatabaseConfiguration } from '@pgwamp/config';
import { Doorbell } from '../doorbell.ts';
import type { Batch, Emission, Source } from '../pipeline/index.ts';
import { parseEmission } from '../pipeline/index.ts';
import { Listener } from '../postgres/index.ts';

/** Emissions that may wait; a LISTENer that read no more would in the end make every NOTIFY of the cluster fail. */
const queueLength = 100_000;

/** The number of a publication is the first line of its notification. */
function parseNotification(payload: string): Emission {
  const [number] = /^[1-9]\d{0,17}(?=\n)/.exec(payload) ?? [];
  return number === undefined
    ? { id: undefined, content: payload }
    : parseEmission(number, payload.slice(number.length + 1));
}

/** What happens to publications that delivery "notify" does not keep. */
export interface NotifyCallbacks {
  /** So many were dropped since they came faster than the router took them. */
  dropped(count: number): void;
  /** The connection was lost: what is notified until it is back is missed. */
  lost(error: unknown): void;
}

/** Publications that are NOTIFYs: at most once. */
export class NotifySource implements Source {
  readonly #listener: Listener;
  readonly #listening = Promise.withResolvers<void>();
  readonly #bell = new Doorbell();
  readonly #callbacks: NotifyCallbacks;
  #emissions: Emission[] = [];

  constructor(configuration: DatabaseConfiguration, applicationName: string, callbacks: NotifyCallbacks) {
    this.#callbacks = callbacks;
    this.#listener = new Listener(configuration, applicationName, 'crossbar', {
      notified: (payload) => this.#accept(payload),
      listening: () => this.#listening.resolve(),
      lost: (error) => callbacks.lost(error),
    });
  }

  /** Resolves when LISTEN is in force. */
  get listening(): Promise<void> {
    return this.#listening.promise;
  }

  async *read(stop: AbortSignal): AsyncGenerator<Batch> {
    using _ = this.#bell.ringOn(stop);
    while (!stop.aborted) {
      if (this.#emissions.length > 0) yield this.#take();
      else await this.#bell.wait();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]();
  }

  #accept(payload: string): void {
    if (this.#emissions.length < queueLength) this.#emissions.push(parseNotification(payload));
    else this.#callbacks.dropped(1);
    this.#bell.ring();
  }

  #take(): Batch {
    const batch = { emissions: this.#emissions, confirm: undefined };
    this.#emissions = [];
    return batch;
  }
}
