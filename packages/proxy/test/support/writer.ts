import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Stage } from './stage.ts';

/** Rows that are updated, so that the order of each can be looked at. */
const keys = 5;

/** A row of `orders` as a receiver has it. */
export interface ReceivedRow {
  readonly id: number;
  readonly item: string;
}

/** Updates rows until it is stopped, one transaction after the other, also while PostgreSQL fails. */
export class Writer implements AsyncDisposable {
  /** The numbers that each key has had for certain. */
  readonly #committed = new Map<number, number[]>();
  readonly #isTooFar: (written: number) => boolean;
  #size = 0;
  #stopped = false;
  readonly #running: Promise<void>;

  private constructor(stage: Stage, isTooFar: (written: number) => boolean) {
    this.#isTooFar = isTooFar;
    this.#running = this.#run(stage);
  }

  /**
   * Makes the rows, and begins to update them.
   *
   * @param isTooFar whether so many transactions are enough for now.
   */
  static async start(stage: Stage, isTooFar: (written: number) => boolean = () => false): Promise<Writer> {
    await stage.run(`INSERT INTO orders SELECT n, 'start' FROM generate_series(0, ${keys - 1}) AS n`);
    return new Writer(stage, isTooFar);
  }

  /** Transactions that are committed for certain. */
  get size(): number {
    return this.#size;
  }

  async grownBy(count: number): Promise<void> {
    const goal = this.size + count;
    await waitFor(() => this.size >= goal, { what: `${count} more commits`, deadline: 60_000 });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Whether all that was committed is among the rows. */
  isIn(rows: readonly ReceivedRow[]): boolean {
    const items = new Set(rows.map(({ item }) => item));
    return this.#committed.values().every((numbers) => numbers.every((number) => items.has(String(number))));
  }

  /** Fails unless everything that was committed has arrived, for each key in order; returns how many came more than once. */
  expectAll(rows: readonly ReceivedRow[]): number {
    let repeats = 0;
    for (const [key, committed] of this.#committed) {
      const arrived = rows.flatMap(({ id, item }) => (id === key && item !== 'start' ? [Number(item)] : []));
      const firsts = new Set(arrived);
      repeats += arrived.length - firsts.size;
      expect([...firsts], `first arrivals of key ${key}`).to.deep.equal([...firsts].toSorted((a, b) => a - b));
      const lost = committed.filter((number) => !firsts.has(number));
      expect(lost, `lost of key ${key}`).to.deep.equal([]);
    }
    return repeats;
  }

  #commits(key: number): number[] {
    const known = this.#committed.get(key) ?? [];
    this.#committed.set(key, known);
    return known;
  }

  async #run({ database }: Stage): Promise<void> {
    let number = 0;
    while (!this.#stopped) {
      try {
        await using client = await database.connect();
        while (!this.#stopped) {
          if (this.#isTooFar(this.size)) {
            await delay(5);
            continue;
          }
          number += 1;
          const key = number % keys;
          const text = 'UPDATE orders SET item = $2 WHERE id = $1';
          await client.query({ name: 'update', text, values: [key, String(number)] });
          this.#commits(key).push(number);
          this.#size += 1;
        }
      } catch {
        // The outcome of the last one is not known; its number is not used again. The server is down, or about to be.
        await delay(20);
      }
    }
  }
}
