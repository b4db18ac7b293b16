import { setImmediate } from 'node:timers/promises';
import { WampError } from '@pgwamp/core';
import type { Batch, Counts, Emission, Outcomes, Publication, Sink, Source } from '../../src/sources/index.ts';

/** What becomes of an emission that a model sends. */
export type Fate = 'accepted' | 'acknowledged' | 'refused' | 'malformed' | 'lost';

/** An emission whose id, or content, is its place. */
export function emissionOf(fate: Fate, place: number): Emission {
  if (fate === 'malformed') return { id: undefined, content: String(place) };
  const options = fate === 'acknowledged' ? '{"acknowledge":true}' : '';
  return { id: String(place), topic: 'com.example.topic', options, args: '', kwargs: '' };
}

export function placeOf(emission: Emission): number {
  return Number(emission.id === undefined ? emission.content : emission.id);
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

/** A sink that leaves everything open until it is told to settle something. */
export class OpenSink implements Sink {
  readonly sent: number[] = [];
  readonly open: { readonly publication: Publication; readonly answer: PromiseWithResolvers<{ id: number }> }[] = [];
  mostOpen = 0;

  publish(publication: Publication): Promise<{ id: number }> {
    const answer = Promise.withResolvers<{ id: number }>();
    this.sent.push(placeOf(publication));
    this.open.push({ publication, answer });
    this.mostOpen = Math.max(this.mostOpen, this.open.length);
    return answer.promise;
  }

  /** Settles one of those that are open; `choice` picks it. */
  settle(choice: number, fateOf: (place: number) => Fate): void {
    const [settled] = this.open.splice(choice % this.open.length, 1);
    if (!settled) return;
    const place = placeOf(settled.publication);
    const fate = fateOf(place);
    if (fate === 'lost') settled.answer.reject(new Error(`lost at ${place}`));
    else if (fate === 'refused') settled.answer.reject(new WampError('wamp.error.not_authorized'));
    else settled.answer.resolve({ id: place + 1000 });
  }
}

/** Outcomes in memory. */
export class KeptOutcomes implements Outcomes {
  readonly acknowledgements = new Map<number, number>();
  readonly refusals = new Map<number, string>();

  async acknowledged(publication: Publication, routerId: number): Promise<void> {
    await setImmediate();
    this.acknowledgements.set(placeOf(publication), routerId);
  }

  async refused(emission: Emission, { error }: WampError): Promise<void> {
    await setImmediate();
    this.refusals.set(placeOf(emission), error);
  }
}

export function noCounts(): Counts {
  return { published: 0, refused: 0 };
}
