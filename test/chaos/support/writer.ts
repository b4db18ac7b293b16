import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, type TestDatabase, withDeadline } from '@pgwamp/harness';
import { Load } from './load.ts';

/** Milliseconds between two transactions, and until a statement must have ended, however it ends. */
const pause = 8;
const deadline = 60_000;

/** The errors that may occur while PostgreSQL, a Caller or a router is unavailable; any other error is a failure. */
const outages =
  /^(57P0[1-5]|08\d\d\d|CB\d\d\d|ECONN(REFUSED|RESET)|EPIPE|25P03)$|connection.*(terminated|timeout|ended)|not queryable/i;

/** One publication in so many is larger than the Publisher sends, and one call in so many transactions is made. */
const poisonous = 61;
const calling = 7;

/**
 * A session that publishes all the time: numbers that grow, each in a transaction of its own, and now and then something that nobody can deliver.
 * It calls as well. When PostgreSQL is away it goes on afterwards.
 */
export class Writer extends Load {
  readonly id: number;
  /** The numbers of which PostgreSQL has said that they are committed. */
  readonly committed: number[] = [];
  /** Poison messages that are committed. */
  poison = 0;
  /** Calls of `com.example.add2` that were answered, and that failed, the last one with `failure`. */
  readonly calls = { answered: 0, failed: 0, failure: '' };
  readonly #database: TestDatabase;
  #number = 0;

  constructor(id: number, database: TestDatabase, withCalls: boolean) {
    super(() => this.#run(withCalls));
    this.id = id;
    this.#database = database;
  }

  async #run(withCalls: boolean): Promise<void> {
    while (!this.isStopped) {
      try {
        await using connection = await this.#database.connect();
        while (!this.isStopped) {
          await withDeadline(this.#write(connection, withCalls), deadline, `writer ${this.id}`);
          await delay(pause);
        }
      } catch (error) {
        if (!isOutage(error)) throw error;
        await delay(50);
      }
    }
  }

  async #write(connection: Connection, withCalls: boolean): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    const [statement, parameters] =
      number % poisonous === 0
        ? [`SELECT crossbar.publish('com.example.poison', jsonb_build_array(repeat('x', 100000)))`, []]
        : [`SELECT crossbar.publish('com.example.load', jsonb_build_array($1::int, $2::int))`, [this.id, number]];
    await connection.query(statement, parameters);
    if (number % poisonous === 0) this.poison += 1;
    else this.committed.push(number);
    if (withCalls && number % calling === 0) await this.#call(connection, number);
  }

  async #call(connection: Connection, number: number): Promise<void> {
    try {
      const { rows } = await connection.query<{ sum: number }>(
        `SELECT (crossbar.call('com.example.add2', jsonb_build_array($1::int, 1), options => '{"timeout": 5000}')->>0)::int AS sum`,
        [number],
      );
      if (rows[0]?.sum !== number + 1) throw new Error(`${number} + 1 is ${JSON.stringify(rows[0])}`);
      this.calls.answered += 1;
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.calls.failed += 1;
      this.calls.failure = (error as Error).message;
      if (/^(57P|ECONN|EPIPE)/.test((error as { code?: string }).code ?? '')) throw error;
    }
  }
}

function isOutage(error: unknown): boolean {
  const { code, message } = error as { code?: string; message: string };
  return outages.test(code ?? '') || outages.test(message);
}
