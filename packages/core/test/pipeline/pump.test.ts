import { setImmediate } from 'node:timers/promises';
import { Refused } from '@pgwamp/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Batch, Pump, Quarantine, type Sink } from '../../src/pipeline/index.ts';
import { type Fate, KeptReceipts, messageOf, noCounts, OpenSink, sourceOf } from '../support/pump-model.ts';

const fates = fc.constantFrom<Fate>('accepted', 'accepted', 'accepted', 'acknowledged', 'refused', 'malformed', 'lost');
const batches = fc.array(fc.record({ fates: fc.array(fates, { maxLength: 6 }), whole: fc.boolean() }), {
  maxLength: 8,
});
const choices = fc.infiniteStream(fc.nat(20));

/**
 * The outcomes of all messages, their batches, and the confirmed position: the index after the last confirmed message.
 */
class Model {
  readonly fates: Fate[] = [];
  readonly ends: { readonly end: number; readonly whole: boolean }[] = [];
  readonly receipts = new KeptReceipts();
  readonly counts = noCounts();
  readonly accepted = new Set<number>();
  confirmed = 0;

  constructor(drawn: readonly { fates: Fate[]; whole: boolean }[]) {
    for (const { fates: some, whole } of drawn) {
      this.fates.push(...some);
      this.ends.push({ end: this.fates.length, whole });
    }
  }

  /** The messages of a source that starts after the confirmed position. */
  remaining(): Batch[] {
    const begins = [0, ...this.ends.map(({ end }) => end)];
    return this.ends.flatMap(({ end, whole }, index) => {
      const places = this.fates.map((_, place) => place).slice(Math.max(begins[index] ?? 0, this.confirmed), end);
      const confirm = whole ? () => this.confirm(end) : undefined;
      return end < this.confirmed ? [] : [{ messages: places.map((place) => this.message(place)), confirm }];
    });
  }

  message(place: number) {
    return messageOf(this.fates[place] ?? 'accepted', place);
  }

  isSettled(place: number): boolean {
    return this.accepted.has(place) || this.receipts.refusals.has(place);
  }

  confirm(end: number): void {
    expect(end, 'confirmed in order').to.be.at.least(this.confirmed);
    for (let place = 0; place < end; place += 1) expect(this.isSettled(place), `${place} is settled`).to.equal(true);
    this.confirmed = end;
  }
}

/** One life of a pump, in which everything that is sent is settled in some order. Returns how it ended. */
async function pumpOnce(model: Model, publications: number, choice: Iterator<number>): Promise<'done' | 'lost'> {
  const sink = new OpenSink();
  const { receipts, counts } = model;
  const window = { messages: publications, bytes: 1_000_000 };
  const pump = new Pump({
    source: sourceOf(model.remaining()),
    sink,
    receipts,
    counts,
    window,
    quarantine: new Quarantine(),
  });
  let end: 'done' | 'lost' | undefined;
  const running = pump.run(new AbortController().signal).then(
    () => {
      end = 'done';
    },
    () => {
      end = 'lost';
    },
  );
  while (!end) {
    await setImmediate();
    if (sink.open.length > 0) sink.settle(choice.next().value, (place) => fate(model, place));
  }
  expect(sink.sent, 'in order').to.deep.equal(sink.sent.toSorted((a, b) => a - b));
  expect(sink.maxOpen).to.be.at.most(publications);
  await running;
  return end;
}

/** A loss happens once; the second time the same publication goes through. */
function fate(model: Model, place: number): Fate {
  const drawn = model.fates[place] ?? 'accepted';
  if (drawn === 'lost') model.fates[place] = 'accepted';
  if (drawn === 'accepted' || drawn === 'acknowledged') model.accepted.add(place);
  return drawn;
}

describe('Pump', () => {
  it('confirms only settled messages, keeps order and window, and loses nothing over restarts', async () => {
    await fc.assert(
      fc.asyncProperty(batches, fc.integer({ min: 1, max: 6 }), choices, async (drawn, publications, choice) => {
        const model = new Model(drawn);
        const fatesBefore = [...model.fates];
        while ((await pumpOnce(model, publications, choice)) === 'lost');
        expect(model.fates.findIndex((_, place) => !model.isSettled(place))).to.equal(-1);
        expect(model.confirmed).to.equal(model.ends.findLast(({ whole }) => whole)?.end ?? 0);
        for (const [place, drawnFate] of fatesBefore.entries()) {
          expect(model.receipts.refusals.has(place)).to.equal(drawnFate === 'refused' || drawnFate === 'malformed');
          expect(model.receipts.acknowledgements.has(place)).to.equal(drawnFate === 'acknowledged');
        }
      }),
      { numRuns: 150 },
    );
  });

  it('sends a message larger than the window alone', async () => {
    const sink = new OpenSink();
    const large = { id: '1', channel: 'a', payload: 'x'.repeat(5000), size: 5000 };
    const messages = [messageOf('accepted', 0), large, messageOf('accepted', 2)];
    const window = { messages: 10, bytes: 1000 };
    const flow = { receipts: new KeptReceipts(), counts: noCounts(), window, quarantine: new Quarantine() };
    const running = new Pump({ ...flow, sink, source: sourceOf([{ messages, confirm: undefined }]) }).run(
      new AbortController().signal,
    );
    for (const expected of [0, 1, 2]) {
      while (sink.open.length === 0) await setImmediate();
      expect(sink.sent).to.deep.equal([0, 1, 2].slice(0, expected + 1));
      sink.settle(0, () => 'accepted');
    }
    await running;
    expect(flow.counts).to.deep.equal({ accepted: 3, refused: 0 });
  });

  it('sends nothing after stop, and waits for messages in flight', async () => {
    const sink = new OpenSink();
    const stop = new AbortController();
    const places = Array.from({ length: 20 }, (_, place) => messageOf('accepted', place));
    let confirmed = 0;
    const confirm = (end: number) => () => {
      confirmed = end;
    };
    const source = sourceOf(places.map((message, index) => ({ messages: [message], confirm: confirm(index + 1) })));
    const flow = { receipts: new KeptReceipts(), counts: noCounts(), quarantine: new Quarantine() };
    const pump = new Pump({ ...flow, source, sink, window: { messages: 5, bytes: 10_000 } });
    const running = pump.run(stop.signal);
    while (sink.open.length < 5) await setImmediate();
    stop.abort();
    await setImmediate();
    expect(pump.inFlight).to.equal(5);
    while (sink.open.length > 0) sink.settle(0, () => 'accepted');
    await running;
    expect([confirmed, sink.sent.length]).to.deep.equal([5, 5]);
  });

  it('accepts outcomes that a sink reports while it is sending', async () => {
    const sink: Sink = {
      send(message, outcomes) {
        if (message.id === '1') outcomes.failed(message, new Refused('refused', 'no such topic'));
        else outcomes.accepted(message, {});
      },
    };
    const receipts = new KeptReceipts();
    const messages = [0, 1, 2].map((place) => messageOf('accepted', place));
    let confirmed = false;
    const confirm = () => {
      confirmed = true;
    };
    const source = sourceOf([{ messages, confirm }]);
    const flow = { source, sink, receipts, window: { messages: 1, bytes: 1 }, counts: noCounts() };
    await new Pump({ ...flow, quarantine: new Quarantine() }).run(new AbortController().signal);
    expect(receipts.refusals.get(1)?.message).to.equal('no such topic');
    expect([flow.counts, confirmed]).to.deep.equal([{ accepted: 2, refused: 1 }, true]);
  });

  for (const where of ['the source', 'the place of receipts', 'a confirmation']) {
    it(`ends with the error of ${where}`, async () => {
      const error = new Error(`of ${where}`);
      const fail = () => Promise.reject(error);
      const batch = { messages: [messageOf('malformed', 0)], confirm: where === 'a confirmation' ? fail : undefined };
      const source = sourceOf([batch]);
      if (where === 'the source') source.read = () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) });
      const receipts = new KeptReceipts();
      if (where === 'the place of receipts') receipts.refused = fail;
      const window = { messages: 1, bytes: 1 };
      const flow = { source, sink: new OpenSink(), receipts, window, counts: noCounts(), quarantine: new Quarantine() };
      const ended = await new Pump(flow).run(new AbortController().signal).catch((reason: unknown) => reason);
      expect(ended).to.equal(error);
    });
  }
});
