import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import { reason } from '../server-error.ts';
import { pooledSessionOptions } from '../session-settings.ts';
import type { BackendMessageHandler } from './backend-messages.ts';
import type { FrontendMessages } from './frontend-messages.ts';
import type { StatementCache } from './statement-cache.ts';

/** Number of attempts. The first one may be hit by a late cancel request, or may find prepared statements to close. */
const tries = 3;

/** Callbacks for the result of the clean-up. */
export interface CleanUpCallbacks {
  /** The session is like a new one. */
  done(): void;
  /** The session can no longer be used, for the given reason. */
  failed(why: string): void;
}

/** The function that cleans up, and its argument. */
export interface CleanUpCall {
  readonly oid: number;
  /** Null if the startup options of the session are in force. See `pooledSessionOptions`. */
  readonly idleTimeout: string | null;
}

/** Returns the call that resets a session, which has to be a new one. */
export async function cleanUpCall(
  client: pg.Client,
  heartbeat: DatabaseConfiguration['heartbeat'],
): Promise<CleanUpCall> {
  const { idle_session_timeout: idleTimeout } = pooledSessionOptions(heartbeat);
  const { rows } = await client.query<{ oid: string; hasOptions: boolean }>(
    `SELECT 'crossbar._clean_up(pg_catalog.text)'::pg_catalog.regprocedure::pg_catalog.oid::pg_catalog.text AS oid,
       source OPERATOR(pg_catalog.=) 'client' AND setting OPERATOR(pg_catalog.=) $1 AS "hasOptions"
     FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'idle_session_timeout'`,
    [idleTimeout],
  );
  return { oid: Number(rows[0]?.oid), idleTimeout: rows[0]?.hasOptions ? null : idleTimeout };
}

/**
 * Resets a session: undoes the side effects of a transaction, and closes the statements that SQL has prepared. The same
 * things remain as after DISCARD ALL: connections of dblink, global variables of procedural languages, and the state of
 * `random()`.
 *
 * It runs as role crossbar, so it must be the right function, even after hostile SQL. A prepared statement could
 * have been deallocated and replaced by another one with its name. Therefore the function is called by its oid, which
 * also needs no parsing.
 *
 * @see https://www.postgresql.org/docs/current/sql-discard.html
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-FUNCTION-CALL
 */
export class CleanUp implements BackendMessageHandler {
  readonly #call: CleanUpCall;
  readonly #messages: FrontendMessages;
  readonly #cache: StatementCache;
  readonly #callbacks: CleanUpCallbacks;
  #foreign: readonly string[] = [];
  #failure: string | undefined;
  #active = false;
  #again = false;
  #runs = 0;
  #try = 0;

  constructor(call: CleanUpCall, messages: FrontendMessages, cache: StatementCache, callbacks: CleanUpCallbacks) {
    this.#call = call;
    this.#messages = messages;
    this.#cache = cache;
    this.#callbacks = callbacks;
  }

  /** Whether `crossbar._reset` does not suffice, because the startup options of the session are not in force. */
  get isAlwaysNeeded(): boolean {
    return this.#call.idleTimeout !== null;
  }

  /** Whether its answer is outstanding. */
  get active(): boolean {
    return this.#active;
  }

  /** Writes the clean-up messages. */
  write(): void {
    this.#cache.writeCloses(this.#messages, this.#foreign);
    this.#foreign = [];
    this.#failure = undefined;
    this.#messages.callFunction(this.#call.oid, this.#call.idleTimeout);
  }

  /** Expects the answers to the written messages next. */
  await(): void {
    this.#active = true;
    this.#runs += 1;
    this.#try = 1;
  }

  begin(): void {
    this.await();
    this.write();
    this.#messages.send();
  }

  /** Starts the clean-up, or once more after the running one. */
  repeat(): void {
    if (this.#active) this.#again = true;
    else this.begin();
  }

  /** Fails if the running clean-up does not end within this many milliseconds. */
  bound(timeout: number): void {
    const run = this.#runs;
    const check = () => {
      if (this.#active && this.#runs === run) this.#fail(`no answer within ${timeout} ms`);
    };
    setTimeout(check, timeout).unref();
  }

  returned(names: string | null): void {
    this.#foreign = JSON.parse(names ?? '[]');
  }

  failed(error: pg.DatabaseError): void {
    if (this.#active) this.#failure = reason(error);
    // Without a request, this is the last message of a session that PostgreSQL ends.
    else this.#callbacks.failed(reason(error));
  }

  /** @param status the state of the transaction, `I` for none. */
  ready(status: string): void {
    if (this.#foreign.length > 0) this.#failure ??= `prepared statements remain: ${this.#foreign.join(', ')}`;
    if (status !== 'I') this.#failure ??= 'a transaction is open';
    const again = this.#again;
    if (this.#failure !== undefined) this.#repeat(this.#failure);
    else {
      this.#active = false;
      this.#again = false;
      if (again) this.begin();
      else this.#callbacks.done();
    }
  }

  #repeat(failure: string): void {
    this.#try += 1;
    this.write();
    if (this.#try <= tries) this.#messages.send();
    else this.#fail(failure);
  }

  #fail(why: string): void {
    this.#callbacks.failed(`it cannot be cleaned up: ${why}`);
  }
}
