import { setImmediate } from 'node:timers/promises';
import { Refused } from '@pgwamp/core';
import type { Batch, Counts, Message, Outcomes, Receipt, Receipts, Sink, Source } from '../../src/pipeline/index.ts';

/** The outcome of a message of a model. */
export type Fate = 'accepted' | 'acknowledged' | 'refused' | 'malformed' | 'lost';

/** A message whose id is its place; its channel says whether its acceptance is written down. */
export function messageOf(fate: Fate, place: number): Message {
  const refusal = fate === 'malformed' ? new Refused('malformed', 'a malformed message') : undefined;
  return { id: String(place), channel: fate, payload: `message ${place}`, size: 9, refusal };
}

export function placeOf({ id }: Message): number {
  return Number(id);
}

/** A source that yields given batches. */
export function sourceOf(batches: readonly Batch[]): Source {
  return {
    async *read(stop) {
      for (const batch of batches) {
        await setImmediate();
        if (stop.aborted) return;
        yield batch;
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A sink that settles messages only on request. */
export class OpenSink implements Sink {
  readonly sent: number[] = [];
  readonly open: { readonly message: Message; readonly outcomes: Outcomes }[] = [];
  maxOpen = 0;

  send(message: Message, outcomes: Outcomes): void {
    this.sent.push(placeOf(message));
    this.open.push({ message, outcomes });
    this.maxOpen = Math.max(this.maxOpen, this.open.length);
  }

  /** Settles one of those that are open; `choice` picks it. */
  settle(choice: number, fateOf: (place: number) => Fate): void {
    const [settled] = this.open.splice(choice % this.open.length, 1);
    if (!settled) return;
    const { message, outcomes } = settled;
    const place = placeOf(message);
    const fate = fateOf(place);
    if (fate === 'lost') outcomes.failed(message, new Error(`lost at ${place}`));
    else if (fate === 'refused') outcomes.failed(message, new Refused('refused', 'not authorized'));
    else outcomes.accepted(message, { id: place + 1000 });
  }
}

/** Receipts in memory. */
export class KeptReceipts implements Receipts {
  readonly acknowledgements = new Map<number, unknown>();
  readonly refusals = new Map<number, Refused>();

  accepted(message: Message, { id }: Receipt): Promise<void> | undefined {
    if (message.channel !== 'acknowledged') return undefined;
    return setImmediate().then(() => {
      this.acknowledgements.set(placeOf(message), id);
    });
  }

  async refused(message: Message, why: Refused): Promise<void> {
    await setImmediate();
    this.refusals.set(placeOf(message), why);
  }
}

export function noCounts(): Counts {
  return { accepted: 0, refused: 0 };
}
