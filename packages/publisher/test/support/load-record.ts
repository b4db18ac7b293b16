import { subscribe } from '@pgwamp/harness/fixtures/subscribe';
import type { Router } from '@pgwamp/router';
import { expect } from 'chai';
import { type LoadWriter, loadTopic } from './load.ts';

/** The messages of a load that a subscriber has received, in order. */
export class LoadRecord {
  readonly #arrivals = new Map<number, number[]>();
  readonly #distinct = new Map<number, Set<number>>();

  /** Records the events of a router; of several, one after the other, when a router is replaced. */
  async listenTo(router: Router, realm = 'realm1'): Promise<void> {
    await subscribe(router, { realm, topics: [loadTopic] }, (_topic, [writer, number]) =>
      this.#add(writer as number, number as number),
    );
  }

  /** Events received, repeats included. */
  get size(): number {
    return this.#arrivals.values().reduce((sum, numbers) => sum + numbers.length, 0);
  }

  /** Events received more than once. */
  get repeats(): number {
    return this.size - this.#distinct.values().reduce((sum, numbers) => sum + numbers.size, 0);
  }

  /** Whether everything that a writer knows to be committed has arrived. */
  has({ id, committed }: LoadWriter): boolean {
    const distinct = this.#distinct.get(id) ?? new Set();
    return distinct.size >= committed.length && committed.every((number) => distinct.has(number));
  }

  /** The committed messages that have not arrived. */
  missing({ id, committed }: LoadWriter): number[] {
    return committed.filter((number) => !this.#distinct.get(id)?.has(number));
  }

  /**
   * Fails unless every writer's publications came in the order of their commits, where each interruption may have
   * taken the subscriber back to an earlier point, from which on they came in the same order again.
   */
  expectOrder(interruptions: number): void {
    for (const [writer, arrivals] of this.#arrivals) {
      const firsts = [...(this.#distinct.get(writer) ?? [])];
      const sorted = firsts.toSorted((a, b) => a - b);
      expect(firsts, `first arrivals of writer ${writer}`).to.deep.equal(sorted);
      expect(returnsIn(arrivals, firsts, writer), `repeats of writer ${writer}`).to.be.at.most(interruptions);
    }
  }

  #add(writer: number, number: number): void {
    if (!this.#arrivals.has(writer)) {
      this.#arrivals.set(writer, []);
      this.#distinct.set(writer, new Set());
    }
    this.#arrivals.get(writer)?.push(number);
    this.#distinct.get(writer)?.add(number);
  }
}

/** The number of times that the arrivals went back to an earlier point; from there on none may be missing. */
function returnsIn(arrivals: readonly number[], firsts: readonly number[], writer: number): number {
  const places = new Map(firsts.map((number, place) => [number, place]));
  let returns = 0;
  let last = -1;
  for (const number of arrivals) {
    const place = places.get(number) ?? -1;
    if (place > last + 1)
      throw new Error(`writer ${writer}: ${number} followed ${firsts[last]}, something is left out`);
    if (place <= last) returns += 1;
    last = place;
  }
  return returns;
}
