import { DatabaseLostError, QueueFullError } from '@pgwamp/core';
import { type Logger, OnceAMinute } from '@pgwamp/core/internal/component';
import { RowTooLongError, StatementError } from '@pgwamp/core/internal/postgres';
import { identityOf } from '../access/identity.ts';
import type { ReopenablePool } from '../access/reopenable-pool.ts';
import { runAs } from '../access/role-session.ts';
import type { Client, Receiver } from '../context.ts';
import { ReceiveError } from '../errors.ts';

/** The options of a {@link FunctionReceiver}. */
export interface FunctionReceiverOptions {
  readonly pool: ReopenablePool;
  /** The function `(channel text, message text or json or jsonb, claims jsonb)`, with its schema. */
  readonly function: string;
  /** The role for clients without one. */
  readonly role: string | undefined;
  /** Time limit in milliseconds of the wait and of the function. */
  readonly timeout: number;
  readonly log: Logger;
}

/**
 * Passes text frames of clients to a database function, each in its own transaction. The result of the function is the
 * answer. If the function raises an error, the client receives its message and SQLSTATE.
 */
export class FunctionReceiver implements Receiver {
  readonly #options: FunctionReceiverOptions;
  readonly #text: string;
  readonly #warnings = new OnceAMinute();

  constructor(options: FunctionReceiverOptions) {
    const [schema, name] = options.function.split('.');
    this.#options = options;
    // PostgreSQL infers the types from the parameters of the function.
    this.#text = `SELECT "${schema}"."${name}"($1, $2, $3)`;
  }

  async receive(client: Client, channel: string, message: string): Promise<string | undefined> {
    const { pool, timeout } = this.#options;
    const role = client.role ?? this.#options.role;
    if (role === undefined) throw new ReceiveError('your token contains no role to run the function');
    if (message.includes('\0')) throw new ReceiveError('a message cannot contain U+0000');
    const identity = { ...identityOf(client), role };
    const statement = { text: this.#text, values: [channel, message, JSON.stringify(client.claims)] };
    try {
      const waiting = AbortSignal.timeout(timeout);
      const [rows = []] = await runAs(pool, identity, { timeout, path: 'login' }, [statement], waiting);
      // NULL, or the empty text that PostgreSQL returns for void.
      return rows[0]?.[0] || undefined;
    } catch (error) {
      throw this.#explain(error, role);
    }
  }

  #explain(error: unknown, role: string): ReceiveError {
    const { timeout, log, function: name } = this.#options;
    const tell = (message: string, sqlstate?: string) => new ReceiveError(message, sqlstate, { cause: error });
    if (error instanceof StatementError && error.statement > 0) {
      const { code = '', message } = error.cause;
      return code === '57014' ? tell(`the function took longer than ${timeout} ms`, code) : tell(message, code);
    }
    const held = this.#warnings.pass(`${role} ${(error as Error).message}`);
    if (held !== undefined) {
      log.warn({ role, repeated: held }, '%s cannot be called for a client: %s', name, (error as Error).message);
    }
    if (error instanceof StatementError) return tell('the function cannot run as your role');
    if (error instanceof RowTooLongError) return tell('the answer is too large');
    const isBusy = error instanceof QueueFullError || (error as Error).name === 'TimeoutError';
    if (isBusy) return tell('the database is busy: try again later');
    return tell(error instanceof DatabaseLostError ? 'the database cannot be asked now' : 'internal error');
  }
}
