import type { Refused } from '@pgwamp/core';
import type { Logger, OnceAMinute } from '@pgwamp/core/internal/component';
import type { Receipts } from '@pgwamp/core/internal/pipeline';
import { MessageHeldError } from '../errors.ts';
import type { ParkedTable } from '../parked/parked-table.ts';
import type { OutgoingMessage } from '../sinks/sink.ts';
import type { SinkOptions } from '../sinks/sink-options.ts';
import { waitsBehind } from './ordered-sink.ts';
import type { SinkState } from './sink-state.ts';

/** The options of {@link SinkReceipts}. */
export interface SinkReceiptsOptions {
  readonly sink: string;
  readonly options: Pick<SinkOptions, 'on_refused'>;
  /** The table of parked messages; undefined if the database has none. */
  readonly parked: ParkedTable | undefined;
  readonly state: SinkState;
  readonly refusals: OnceAMinute;
  readonly log: Logger;
  /** Whether a refusal is caused by a broker outage: the message is sent automatically after the outage. */
  readonly isOutage: (why: Refused) => boolean;
  /** Called when a message was parked that is sent automatically later. */
  readonly waiting: () => void;
}

/** Counts confirmed messages and handles refused ones. */
export class SinkReceipts implements Receipts<OutgoingMessage> {
  readonly #options: SinkReceiptsOptions;

  constructor(options: SinkReceiptsOptions) {
    this.#options = options;
  }

  accepted(message: OutgoingMessage): undefined {
    const { state } = this.#options;
    message.progress.state = 'settled';
    countConfirmed(state, message);
  }

  async refused(message: OutgoingMessage, why: Refused): Promise<void> {
    const { options, sink, parked, state, isOutage } = this.#options;
    const isWaiting = why === waitsBehind || isOutage(why);
    message.progress.state = 'ready';
    if (!isWaiting) state.refused += 1;
    if (options.on_refused === 'hold' && !isWaiting)
      throw new MessageHeldError(sink, message.id, why.message, { cause: why });
    if (parked && (options.on_refused === 'park' || isWaiting)) {
      // A message that the Proxy itself refuses has no content for the broker.
      await parked.park(message, why, isWaiting ? 'waiting' : message.refusal ? 'incomplete' : 'parked');
      state.parked += 1;
      if (isWaiting) this.#options.waiting();
      else this.#log(message, why, 'it is parked in crossbar.parked_message');
    } else {
      state.discarded += 1;
      this.#log(message, why, 'it is discarded');
    }
    message.progress.state = 'settled';
  }

  /** Once a minute for each destination: otherwise, a role that may write to a table or NOTIFY could fill the log. */
  #log({ id, destination, key, payload }: OutgoingMessage, why: Refused, fate: string): void {
    const { log, sink, refusals } = this.#options;
    const repeated = refusals.pass(`${sink} ${destination} ${fate}`);
    if (repeated === undefined) return;
    const beginning = String(payload.slice(0, 1000));
    const fields = { sink, id, destination, key, payload: beginning, repeated, err: why.cause };
    log.error(fields, `sink ${sink} refused message ${id} to ${destination}, ${fate}: ${why.message}`);
  }
}

/** Counts a message that was confirmed now. */
export function countConfirmed(state: SinkState, { origin }: OutgoingMessage): void {
  const now = Date.now();
  state.lastConfirmedAt = now;
  state.latency.internal += now - origin.receivedAt;
  if (origin.committedAt === undefined) return;
  state.latency.ingestion += origin.receivedAt - origin.committedAt;
  state.latency.delivery += now - origin.committedAt;
}
