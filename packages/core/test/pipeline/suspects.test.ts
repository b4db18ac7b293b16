import { setImmediate } from 'node:timers/promises';
import { SessionLostError, WampError } from '@pgwamp/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Publication, Pump, type Sink } from '../../src/sources/index.ts';
import { emissionOf, KeptOutcomes, noCounts, placeOf, sourceOf } from '../support/pump-model.ts';

/** A session with a router that ends it over one message: what was on its way before may or may not have arrived. */
class MortalSink implements Sink {
  readonly #poison: ReadonlySet<number>;
  readonly #delivered: Set<number>;
  readonly #known: ReadonlyMap<number, string>;
  readonly #lost = new AbortController();
  /** As a session's: aborted when it is lost. */
  readonly lost = this.#lost.signal;
  #open: { place: number; answer: PromiseWithResolvers<{ id: number }> }[] = [];

  /** @param known what was refused before: it is sent to no router a second time. */
  constructor(poison: ReadonlySet<number>, delivered: Set<number>, known: ReadonlyMap<number, string>) {
    this.#poison = poison;
    this.#delivered = delivered;
    this.#known = known;
  }

  publish(publication: Publication): Promise<{ id: number }> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    const place = placeOf(publication);
    const error = this.#known.get(place);
    if (error) return Promise.reject(new WampError(error));
    const answer = Promise.withResolvers<{ id: number }>();
    this.#open.push({ place, answer });
    void setImmediate().then(() => this.#take());
    return answer.promise;
  }

  #take(): void {
    const next = this.#open.shift();
    if (!next) return;
    if (!this.#poison.has(next.place)) {
      this.#delivered.add(next.place);
      next.answer.resolve({ id: next.place });
      return;
    }
    this.#lost.abort(new SessionLostError('the router could not take it', true));
    for (const { answer } of [next, ...this.#open]) answer.reject(this.lost.reason);
    this.#open = [];
  }
}

/** Pumps with a new session after every loss, from the last confirmed place on; how many sessions it took. */
async function pumpAll(count: number, size: number, publications: number, poison: Set<number>, delivered: Set<number>) {
  const suspects = new Set<string>();
  const outcomes = new KeptOutcomes();
  let confirmed = 0;
  for (let sessions = 1; sessions < 1000; sessions += 1) {
    const batches = [];
    for (let begin = confirmed; begin < count; begin += size) {
      const places = Array.from({ length: Math.min(size, count - begin) }, (_, index) => begin + index);
      const confirm = () => {
        confirmed = begin + places.length;
      };
      batches.push({ emissions: places.map((place) => emissionOf('accepted', place)), confirm });
    }
    const window = { publications, characters: 1_000_000 };
    const sink = new MortalSink(poison, delivered, outcomes.refusals);
    const flow = { source: sourceOf(batches), sink, outcomes, window, counts: noCounts(), suspects };
    const error = await new Pump(flow).run(sink.lost).catch((reason: unknown) => reason);
    if (!error && !sink.lost.aborted) return { sessions, refused: [...outcomes.refusals.keys()], suspects };
    expect(error ?? sink.lost.reason).to.equal(sink.lost.reason);
  }
  throw new Error('it never came to an end');
}

describe('a publication over which the router ends the session', () => {
  it('is found and refused, alone, and all the others are delivered', async () => {
    const sizes = fc.integer({ min: 1, max: 12 });
    const poisons = fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(poisons, sizes, sizes, async (places, size, publications) => {
        const [poison, delivered] = [new Set(places), new Set<number>()];
        const { refused, suspects } = await pumpAll(40, size, publications, poison, delivered);
        expect(refused.toSorted((a, b) => a - b)).to.deep.equal(places.toSorted((a, b) => a - b));
        expect(delivered.size).to.equal(40 - poison.size);
        expect(suspects.size).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });

  it('costs two sessions, and what comes later goes as fast as ever', async () => {
    const { sessions, refused } = await pumpAll(100, 10, 8, new Set([50]), new Set());
    expect(refused).to.deep.equal([50]);
    expect(sessions).to.be.at.most(3);
  });

  it('is not blamed if the session was lost for another reason', async () => {
    const outcomes = new KeptOutcomes();
    const sink: Sink = { publish: () => Promise.reject(new SessionLostError('cable')) };
    const source = sourceOf([{ emissions: [emissionOf('accepted', 0)], confirm: undefined }]);
    const window = { publications: 1, characters: 1000 };
    const flow = { source, sink, outcomes, window, counts: noCounts(), suspects: new Set<string>() };
    const lost = await new Pump(flow).run(new AbortController().signal).catch((error: unknown) => error);
    expect(lost).to.be.instanceOf(SessionLostError);
    expect(outcomes.refusals.size + flow.suspects.size).to.equal(0);
  });
});
