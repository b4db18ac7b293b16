import { expect } from 'chai';
import type { Writer } from './writer.ts';

/** The publications of writers that a subscriber has received, in the order of arrival. */
export class Arrivals {
  readonly #firsts = new Map<number, Set<number>>();
  #size = 0;

  /** Everything that came, repeats included. */
  get size(): number {
    return this.#size;
  }

  add(writer: number, number: number): void {
    this.#size += 1;
    const known = this.#firsts.get(writer);
    if (known) known.add(number);
    else this.#firsts.set(writer, new Set([number]));
  }

  /** Those that came again. */
  get repeats(): number {
    return this.#size - this.#firsts.values().reduce((sum, { size }) => sum + size, 0);
  }

  /** The publications of writers that are certain to be committed and have not come. */
  missing(writers: readonly Writer[]): string[] {
    return writers.flatMap(({ id, committed }) => {
      const known = this.#firsts.get(id);
      return committed.filter((number) => !known?.has(number)).map((number) => `${number} of writer ${id}`);
    });
  }

  /** Fails unless the publications of each writer came in its order; one that comes again does not count. */
  expectOrder(who: string): void {
    for (const [writer, numbers] of this.#firsts) {
      const firsts = [...numbers];
      const place = firsts.findIndex((number, index) => index > 0 && number < (firsts[index - 1] ?? 0));
      expect(place, `${who}: of writer ${writer} ${firsts.slice(place - 2, place + 3)} came in this order`).to.equal(
        -1,
      );
    }
  }
}
