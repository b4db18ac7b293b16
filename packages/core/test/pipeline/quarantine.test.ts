import { setImmediate } from 'node:timers/promises';
import { Lost } from '@pgwamp/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Message, type Outcomes, Pump, Quarantine, type Sink } from '../../src/pipeline/index.ts';
import { KeptReceipts, messageOf, noCounts, placeOf, sourceOf } from '../support/pump-model.ts';

/**
 * A connection to a receiver that ends because of one message. Earlier messages in flight may or may not have arrived.
 */
class MortalSink implements Sink {
  readonly #poison: ReadonlySet<number>;
  readonly #delivered: Set<number>;
  readonly #lost = new AbortController();
  /** As that of a connection: aborted when it is lost. */
  readonly lost = this.#lost.signal;
  #open: { readonly message: Message; readonly outcomes: Outcomes }[] = [];

  constructor(poison: ReadonlySet<number>, delivered: Set<number>) {
    this.#poison = poison;
    this.#delivered = delivered;
  }

  send(message: Message, outcomes: Outcomes): void {
    if (this.lost.aborted) {
      outcomes.failed(message, this.lost.reason);
      return;
    }
    this.#open.push({ message, outcomes });
    void setImmediate().then(() => this.#take());
  }

  #take(): void {
    const next = this.#open.shift();
    if (!next) return;
    const place = placeOf(next.message);
    if (!this.#poison.has(place)) {
      this.#delivered.add(place);
      next.outcomes.accepted(next.message, { id: place });
      return;
    }
    this.#lost.abort(new Lost('the receiver could not take it', true));
    for (const { message, outcomes } of [next, ...this.#open]) outcomes.failed(message, this.lost.reason);
    this.#open = [];
  }
}

/** Pumps with a new session after every loss, from the last confirmed place on; how many sessions it took. */
async function pumpAll(count: number, size: number, publications: number, poison: Set<number>, delivered: Set<number>) {
  const quarantine = new Quarantine();
  const receipts = new KeptReceipts();
  let confirmed = 0;
  for (let sessions = 1; sessions < 1000; sessions += 1) {
    const batches = [];
    for (let begin = confirmed; begin < count; begin += size) {
      const places = Array.from({ length: Math.min(size, count - begin) }, (_, index) => begin + index);
      const confirm = () => {
        confirmed = begin + places.length;
      };
      batches.push({ messages: places.map((place) => messageOf('accepted', place)), confirm });
    }
    const window = { messages: publications, bytes: 1_000_000 };
    const sink = new MortalSink(poison, delivered);
    const flow = { source: sourceOf(batches), sink, receipts, window, counts: noCounts(), quarantine };
    const error = await new Pump(flow).run(sink.lost).catch((reason: unknown) => reason);
    if (!error && !sink.lost.aborted)
      return { sessions, refused: [...receipts.refusals.keys()], suspects: quarantine.suspects };
    expect(error ?? sink.lost.reason).to.equal(sink.lost.reason);
  }
  throw new Error('it never came to an end');
}

describe('Quarantine: poison messages', () => {
  it('finds and refuses poison messages, and delivers all others', async () => {
    const sizes = fc.integer({ min: 1, max: 12 });
    const poisons = fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(poisons, sizes, sizes, async (places, size, publications) => {
        const [poison, delivered] = [new Set(places), new Set<number>()];
        const { refused, suspects } = await pumpAll(40, size, publications, poison, delivered);
        expect(refused.toSorted((a, b) => a - b)).to.deep.equal(places.toSorted((a, b) => a - b));
        expect(delivered.size).to.equal(40 - poison.size);
        expect(suspects).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });

  it('needs at most three connections for one poison message', async () => {
    const { sessions, refused } = await pumpAll(100, 10, 8, new Set([50]), new Set());
    expect(refused).to.deep.equal([50]);
    expect(sessions).to.be.at.most(3);
  });

  it('does not blame a message if the connection was lost for another reason', async () => {
    const receipts = new KeptReceipts();
    const sink: Sink = { send: (message, outcomes) => outcomes.failed(message, new Lost('cable', false)) };
    const source = sourceOf([{ messages: [messageOf('accepted', 0)], confirm: undefined }]);
    const window = { messages: 1, bytes: 1000 };
    const flow = { source, sink, receipts, window, counts: noCounts(), quarantine: new Quarantine() };
    const lost = await new Pump(flow).run(new AbortController().signal).catch((error: unknown) => error);
    expect(lost).to.be.instanceOf(Lost);
    expect(receipts.refusals.size + flow.quarantine.suspects).to.equal(0);
  });
});
