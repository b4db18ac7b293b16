import { Lost, Refused } from '@pgwamp/core';
import type { Logger } from '@pgwamp/core/internal/component';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import * as z from 'zod';
import { Confirmations, type Sent } from './confirmations.ts';
import { timeouts, within } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

/** Milliseconds to wait until a sink of the application is closed. */
const closeTimeout = 2000;

/** A sink of the application, for brokers without a kind of their own: a function that opens it. */
export const customOptions = z.strictObject({
  kind: z.literal('custom'),
  ...deliveryOptions,
  ...timeouts,
  open: z
    .custom<(context: SinkContext) => Promise<OpenSink>>((value) => typeof value === 'function', {
      error: 'a function that opens a sink',
    })
    .describe('function that opens the sink; only for a Proxy in code'),
});

type Options = z.output<typeof customOptions>;

/** Opens a sink of the application. A sink that opens too late is closed. */
export async function openCustom(options: Options, { name, log }: SinkContext): Promise<OpenSink> {
  const opening = options.open({ name, log });
  try {
    return new CustomSink(await within(options.connect_timeout, opening), name, options);
  } catch (error) {
    void closeLate(opening, log);
    throw error;
  }
}

async function closeLate(opening: Promise<OpenSink>, log: Logger): Promise<void> {
  const late = await opening.catch(() => undefined);
  try {
    await late?.[Symbol.asyncDispose]();
  } catch (error) {
    log.warn({ err: error }, 'error while closing a sink that was opened too late: %s', (error as Error).message);
  }
}

/** Bounds the calls of a sink of the application, so that one that never ends blocks neither the Proxy nor its end. */
class CustomSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #sink: OpenSink;
  readonly #confirmations: Confirmations;
  readonly #destroyed = Promise.withResolvers<void>();

  constructor(sink: OpenSink, name: string, { confirm_timeout: timeout }: Options) {
    this.#sink = sink;
    this.#confirmations = new Confirmations(`the broker of sink ${name}`, timeout);
    this.lost = this.#confirmations.lost;
    const lose = () => this.#lose(sink.lost.reason);
    sink.lost.addEventListener('abort', lose, { once: true });
    if (sink.lost.aborted) lose();
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const sent = this.#confirmations.open(message.size);
    if (!this.lost.aborted) void this.#deliver(message, sent);
    return sent.promise;
  }

  destroy(): void {
    this.#confirmations[Symbol.dispose]();
    this.#sink.destroy?.();
    this.#destroyed.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#confirmations[Symbol.dispose]();
    await within(closeTimeout, Promise.race([this.#sink[Symbol.asyncDispose](), this.#destroyed.promise]));
  }

  async #deliver(message: OutgoingMessage, sent: Sent): Promise<void> {
    try {
      sent.confirm(await this.#sink.send(message));
    } catch (error) {
      if (error instanceof Refused) sent.refuse(error);
      else this.#lose(error);
    }
  }

  #lose(error: unknown): void {
    const { message, cause = error } = error instanceof Error ? error : new Error(String(error));
    this.#confirmations.lose(message, { blamesMessage: error instanceof Lost && error.blamesMessage, cause });
  }
}
