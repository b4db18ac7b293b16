import { Lost, Refused } from '@pgwamp/core';
import type { Doorbell } from '@pgwamp/core/internal/component';
import { countConfirmed } from '../delivery/sink-receipts.ts';
import type { SinkState } from '../delivery/sink-state.ts';
import type { MessageSink } from '../sinks/sink.ts';
import type { ParkedMessage, ParkedTable } from './parked-table.ts';

/** Interval in milliseconds of checks without a hint. */
const interval = 5000;

/** The dependencies of {@link redeliver}. */
export interface Redelivery {
  readonly table: ParkedTable;
  readonly sink: MessageSink;
  readonly state: SinkState;
  /** Rings when a message may be due. */
  readonly bell: Doorbell;
}

/**
 * Sends parked messages again once a user asks for it or the cause of their waiting is over, until the signal aborts.
 *
 * @throws the loss of a connection.
 */
export async function redeliver(redelivery: Redelivery, stop: AbortSignal): Promise<void> {
  const { table, bell } = redelivery;
  using _ = bell.ringOn(stop);
  while (!stop.aborted) {
    const due = await table.due();
    if (due.length === 0) await bell.wait(interval);
    else await Promise.all(due.map((parked) => send(parked, redelivery)));
    await table.refresh();
  }
}

async function send({ number, message }: ParkedMessage, { table, sink, state }: Redelivery): Promise<void> {
  state.retried += 1;
  try {
    await sink.send(message);
  } catch (error) {
    if (error instanceof Refused) return table.refused(number, error);
    // Otherwise it would end each following connection as well.
    if (error instanceof Lost && error.blamesMessage) await table.refused(number, new Refused('poison', error.message));
    throw error;
  }
  state.counts.accepted += 1;
  countConfirmed(state, message);
  await table.delivered(number);
}
