import type { WampError } from '@pgwamp/core';
import { storableJson, storableText } from '@pgwamp/core/internal/component';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { stringify } from '@pgwamp/core/internal/wamp';

/** A row of `crossbar.async_call`, with JSON as text as PostgreSQL writes it. */
export interface AsyncCall {
  /** A bigint as text. */
  readonly id: string;
  readonly procedure: string;
  readonly args: string | null;
  readonly kwargs: string | null;
  readonly options: Readonly<Record<string, unknown>>;
  /** See `CallDescription`. */
  readonly forwardFor: readonly Readonly<Record<string, unknown>>[];
  /** The function to call with the outcome, as the text of a `regprocedure`. */
  readonly handler: string | null;
  /** The owner of the handler when the call was requested. */
  readonly handlerOwner: string | null;
  /** The role that requested the call. */
  readonly role: string;
  readonly retries: number;
  /** Number of answered attempts. */
  readonly tries: number;
}

/** The outcome of a call: a result as JSON text or null for none, or an error with its args and kwargs as JSON text. */
export type AsyncOutcome =
  | { readonly state: 'succeeded'; readonly result: string | null }
  | { readonly state: 'failed'; readonly error: string; readonly args: string; readonly kwargs: string };

/** A call with a known outcome whose handler is not known to have run. */
export interface Unhandled {
  readonly call: AsyncCall;
  readonly outcome: AsyncOutcome;
}

const columns = `call.id::text, procedure, args::text, kwargs::text, options, coalesce(identity -> 'forward_for', '[]') AS "forwardFor",
  handler, handler_owner AS "handlerOwner", role, retries, tries`;

const isForsaken = 'NOT crossbar._is_alive(call.process_id, call.backend_start)';

/** Milliseconds of the first and the longest pause between attempts. */
const pauses = { first: 100, max: 10_000 };

/** The table `crossbar.async_call`, which several Callers may process concurrently. */
export class AsyncTable {
  readonly #connection: Connection;
  readonly #realm: string;

  constructor(connection: Connection, realm: string) {
    this.#connection = connection;
    this.#realm = realm;
  }

  /** Claims due calls, oldest first. No other session claims them while this session lives. */
  take(limit: number): Promise<AsyncCall[]> {
    return this.#connection.query<AsyncCall>(
      `WITH due AS (
         SELECT id FROM crossbar.async_call AS call
         WHERE state = 'waiting' AND due_at <= clock_timestamp() AND (realm IS NULL OR realm = $1)
         ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
       ), taken AS (
         UPDATE crossbar.async_call AS call SET state = 'running', process_id = session.process_id, backend_start = session.backend_start
         FROM due, crossbar._this_session() AS session WHERE call.id = due.id RETURNING ${columns}, due_at
       )
       SELECT * FROM taken ORDER BY due_at, id::bigint`,
      [this.#realm, limit],
    );
  }

  /** Releases the calls of dead sessions. */
  async reclaim(): Promise<void> {
    await this.#connection.query(
      `UPDATE crossbar.async_call AS call SET state = 'waiting', process_id = NULL, backend_start = NULL
       WHERE state = 'running' AND ${isForsaken}`,
    );
  }

  /** Claims finished calls of dead sessions whose handler has not run. */
  async takeUnhandled(limit: number): Promise<Unhandled[]> {
    const rows = await this.#connection.query<AsyncCall & Outcome>(
      `WITH forsaken AS (
         SELECT id FROM crossbar.async_call AS call
         WHERE settled_at IS NULL AND state IN ('succeeded', 'failed') AND (realm IS NULL OR realm = $1) AND ${isForsaken}
         ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
       )
       UPDATE crossbar.async_call AS call SET process_id = session.process_id, backend_start = session.backend_start
       FROM forsaken, crossbar._this_session() AS session WHERE call.id = forsaken.id
       RETURNING ${columns}, state, result::text, error, error_args::text, error_kwargs::text`,
      [this.#realm, limit],
    );
    return rows.map((row) => ({ call: row, outcome: outcomeOf(row) }));
  }

  /** Releases a call whose outcome is unknown. */
  async release({ id }: AsyncCall): Promise<void> {
    await this.#connection.query(
      `UPDATE crossbar.async_call SET state = 'waiting', process_id = NULL, backend_start = NULL WHERE id = $1`,
      [id],
    );
  }

  /**
   * Schedules another attempt of a failed call.
   *
   * @returns milliseconds until the attempt.
   */
  async postpone({ id, tries }: AsyncCall, error: WampError): Promise<number> {
    const pause = Math.min(pauses.first * 2 ** tries, pauses.max) * (0.5 + Math.random() / 2);
    await this.#connection.query(
      `UPDATE crossbar.async_call SET state = 'waiting', tries = tries + 1, process_id = NULL, backend_start = NULL,
         due_at = clock_timestamp() + $2 * interval '1 ms', error = $3, error_args = $4, error_kwargs = $5 WHERE id = $1`,
      [id, pause, ...errorColumns(error)],
    );
    return pause;
  }

  /**
   * Stores a result. @throws PostgreSQL's error if it cannot be stored, such as a number that `jsonb` cannot represent.
   */
  async succeed({ id }: AsyncCall, result: string | null): Promise<AsyncOutcome> {
    await this.#settle(id, 'succeeded', [result, null, null, null]);
    return { state: 'succeeded', result };
  }

  /** Stores the final error. */
  async fail({ id }: AsyncCall, error: WampError): Promise<AsyncOutcome> {
    const [uri, args, kwargs] = errorColumns(error);
    await this.#settle(id, 'failed', [null, uri, args, kwargs]);
    return { state: 'failed', error: uri, args, kwargs };
  }

  /** Records that the handler has run or has finally failed. */
  async handled({ id }: AsyncCall, error: Error | undefined): Promise<void> {
    await this.#connection.query(
      'UPDATE crossbar.async_call SET settled_at = clock_timestamp(), handler_error = $2 WHERE id = $1',
      [id, error === undefined ? null : storableText(error.message)],
    );
  }

  async #settle(id: string, state: string, values: readonly (string | null)[]): Promise<void> {
    await this.#connection.query(
      `UPDATE crossbar.async_call SET state = $2, tries = tries + 1, result = $3, error = $4, error_args = $5, error_kwargs = $6,
         settled_at = CASE WHEN handler IS NULL THEN clock_timestamp() END WHERE id = $1`,
      [id, state, ...values],
    );
  }
}

interface Outcome {
  readonly state: 'succeeded' | 'failed';
  readonly result: string | null;
  readonly error: string | null;
  readonly error_args: string | null;
  readonly error_kwargs: string | null;
}

function outcomeOf({ state, result, error, error_args, error_kwargs }: Outcome): AsyncOutcome {
  if (state === 'succeeded') return { state, result };
  return { state, error: error ?? '', args: error_args ?? '[]', kwargs: error_kwargs ?? '{}' };
}

function errorColumns({ error, args, kwargs }: WampError): [string, string, string] {
  return [storableText(error), storableJson(stringify(args)), storableJson(stringify(kwargs))];
}
