import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, waitFor } from '@pgwamp/harness';
import type { LoadRecord } from './load-record.ts';

/** The topic of the load; its events are `[writer, number]`, numbered per writer from 1. */
export const loadTopic = 'com.example.load';

/** A session that publishes all the time, in transactions of 1 to 3 publications. */
export interface LoadWriter {
  readonly id: number;
  /** The numbers of which PostgreSQL has said that they are committed. */
  readonly committed: number[];
}

/** Sessions that publish. */
const sessions = 3;

/** Sessions that publish until told to stop. They go on, after a pause, when PostgreSQL is not there. */
export class Load implements AsyncDisposable {
  readonly writers: readonly LoadWriter[];
  readonly #connect: () => Promise<Connection>;
  readonly #surplus: number;
  readonly #running: Promise<unknown>;
  #goal = 0;
  #more = Promise.withResolvers<void>();
  #stopped = false;
  #told = false;

  /** @param surplus about how many more publications there may be than were asked for: a router can be slower than PostgreSQL. */
  constructor(connect: () => Promise<Connection>, surplus = Number.POSITIVE_INFINITY) {
    this.#connect = connect;
    this.#surplus = surplus;
    this.writers = Array.from({ length: sessions }, (_, index) => ({ id: index + 1, committed: [] }));
    this.#running = Promise.all(this.writers.map((writer) => this.#write(writer)));
    // Told by stop().
    this.#running.catch(() => undefined);
  }

  /** Publications that are known to be committed. */
  get size(): number {
    return this.writers.reduce((sum, { committed }) => sum + committed.length, 0);
  }

  /** Resolves when so many more publications are committed. */
  async grownBy(publications: number): Promise<void> {
    const goal = this.size + publications;
    this.#goal = goal;
    this.#wake();
    await waitFor(() => this.size >= goal, { what: `${publications} more publications to be committed` });
  }

  /** Ends every session after its transaction. @throws what went wrong in one of them */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#told = true;
    this.#wake();
    await this.#running;
  }

  /** Ends the sessions and resolves when all that they have committed has arrived. */
  async delivered(record: LoadRecord, deadline = 30_000): Promise<void> {
    await this.stop();
    try {
      await waitFor(() => this.writers.every((writer) => record.has(writer)), { what: 'all publications', deadline });
    } catch (cause) {
      const missing = this.writers.map((writer) => `${writer.id}: ${record.missing(writer).length}`).join(', ');
      throw new Error(`missing of ${this.size} publications, by writer: ${missing}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // An error is told once: the second time it would hide what it has led to.
    if (this.#told) await this.#running.catch(() => undefined);
    else await this.stop();
  }

  #wake(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }

  async #write(writer: LoadWriter): Promise<void> {
    let next = 1;
    while (!this.#stopped) {
      try {
        await using connection = await this.#connect();
        while (!this.#stopped) {
          if (this.size >= this.#goal + this.#surplus) await this.#more.promise;
          else next = await transact(connection, writer, next);
        }
      } catch (error) {
        if (!isOutage(error)) throw error;
        // The outcome of the last transaction is not known; its numbers are not used again.
        next += 3;
        await delay(20);
      }
    }
  }
}

async function transact(connection: Connection, { id, committed }: LoadWriter, first: number): Promise<number> {
  const last = first + (first % 3);
  await connection.query(
    `SELECT crossbar.publish('${loadTopic}', jsonb_build_array($1::int, number)) FROM generate_series($2::int, $3::int) AS number`,
    [id, first, last],
  );
  for (let number = first; number <= last; number += 1) committed.push(number);
  return last + 1;
}

/** A server that stops, is down, or starts. */
function isOutage(error: unknown): boolean {
  const { code, message } = error as { code?: string; message: string };
  return (
    /^(57P0[123]|ECONN(REFUSED|RESET)|EPIPE)$/.test(code ?? '') ||
    /connection.*(terminated|timeout|ended)|not queryable/i.test(message)
  );
}
