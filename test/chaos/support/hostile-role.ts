import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestDatabase } from '@pgwamp/harness';

/** Actions that any role may perform, and that must not do harm. */
const allowed = [
  'SELECT pg_advisory_lock(6000, (random() * 1000)::int)',
  `SELECT pg_notify('crossbar_outbox', '') FROM generate_series(1, 50)`,
  `SELECT pg_notify('crossbar_endpoint', 'nonsense')`,
  `SELECT pg_logical_emit_message(true, 'crossbar', 'not a publication')`,
  `SELECT pg_logical_emit_message(false, 'crossbar', E'a\\nb\\nc')`,
  `SELECT pg_logical_emit_message(true, 'other', repeat('x', 1000000))`,
];

/** Actions that require a privilege that the role lacks. */
const forbidden = [
  'SELECT secret FROM crossbar._link',
  'DELETE FROM crossbar.outbox',
  'LOCK TABLE crossbar._migration',
  `UPDATE crossbar.realm SET slot = 'x'`,
  'SET ROLE crossbar',
  `SELECT crossbar.register('com.example.add2', 'pg_sleep(double precision)')`,
  `SELECT crossbar._elect('publisher realm1')`,
];

/** A role without any right that does what it can. */
export class HostileRole implements AsyncDisposable {
  /** The actions that succeeded although they are forbidden. */
  readonly breaches: string[] = [];
  /** Statements that it has run. */
  attempts = 0;
  readonly #database: TestDatabase;
  readonly #login: { readonly user: string; readonly password: string };
  readonly #running: Promise<void>;
  #stopped = false;

  constructor(database: TestDatabase, login: { readonly user: string; readonly password: string }) {
    this.#database = database;
    this.#login = login;
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await using connection = await this.#database.connect(this.#login);
        for (let count = 0; count < 20 && !this.#stopped; count += 1) {
          const statement = [...allowed, ...forbidden][randomInt(allowed.length + forbidden.length)] ?? '';
          this.attempts += 1;
          const done = await connection.query(statement).then(
            () => true,
            () => false,
          );
          if (done && forbidden.includes(statement)) this.breaches.push(statement);
          await delay(50);
        }
      } catch {
        // PostgreSQL is away.
        await delay(100);
      }
    }
  }
}
