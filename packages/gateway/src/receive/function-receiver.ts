import { DatabaseLostError, QueueFullError } from '@pgwamp/core';
import { type Logger, OnceAMinute } from '@pgwamp/core/internal/component';
import type { FoundFunction } from '@pgwamp/core/internal/functions';
import { RowTooLongError, StatementError } from '@pgwamp/core/internal/postgres';
import { type DatabaseFunction, FunctionUnusableError } from '../access/database-function.ts';
import { identityOf } from '../access/identity.ts';
import type { ReopenablePool } from '../access/reopenable-pool.ts';
import { runAs } from '../access/role-session.ts';
import type { Client, Receiver } from '../context.ts';
import { ReceiveError } from '../errors.ts';

/** The options of a {@link FunctionReceiver}. */
export interface FunctionReceiverOptions {
  readonly pool: ReopenablePool;
  readonly function: DatabaseFunction;
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
  readonly #warnings = new OnceAMinute();

  constructor(options: FunctionReceiverOptions) {
    this.#options = options;
  }

  async receive(client: Client, channel: string, message: string): Promise<string | undefined> {
    const { pool, timeout } = this.#options;
    const role = client.role ?? this.#options.role;
    if (role === undefined) throw new ReceiveError('your token contains no role to run the function');
    if (message.includes('\0')) throw new ReceiveError('a message cannot contain U+0000');
    if (!message.isWellFormed()) throw new ReceiveError('a message cannot contain half a surrogate pair');
    const identity = { ...identityOf(client), role };
    const values = [channel, message, JSON.stringify(client.claims)];
    try {
      const statement = { text: statementOf(await this.#options.function.current()), values };
      const waiting = AbortSignal.timeout(timeout);
      const [rows = []] = await runAs(pool, identity, { timeout, path: 'login' }, [statement], waiting);
      // NULL, or the empty text that PostgreSQL returns for void.
      return rows[0]?.[0] || undefined;
    } catch (error) {
      throw this.#explain(await this.#options.function.reasonOf(error), role);
    }
  }

  #explain(error: unknown, role: string): ReceiveError {
    const { timeout, log } = this.#options;
    const { name } = this.#options.function;
    const tell = (message: string, sqlstate?: string) => new ReceiveError(message, sqlstate, { cause: error });
    if (error instanceof StatementError && error.statement > 0) {
      const { code = '', message } = error.cause;
      return code === '57014' ? tell(`the function took longer than ${timeout} ms`, code) : tell(message, code);
    }
    const held = this.#warnings.pass(`${role} ${(error as Error).message}`);
    if (held !== undefined) {
      log.warn({ role, repeated: held }, '%s cannot be called for a client: %s', name, (error as Error).message);
    }
    if (error instanceof FunctionUnusableError) return tell('the function cannot be called');
    if (error instanceof StatementError) return tell('the function cannot run as your role');
    if (error instanceof RowTooLongError) return tell('the answer is too large');
    const isBusy = error instanceof QueueFullError || (error as Error).name === 'TimeoutError';
    if (isBusy) return tell('the database is busy: try again later');
    return tell(error instanceof DatabaseLostError ? 'the database cannot be asked now' : 'internal error');
  }
}

/** The types of the parameters: a text, if the function takes one, or JSON. */
export const receiverParameters = ['text', 'jsonb', 'json'].map((message) => ['text', message, 'jsonb']);

function statementOf({ name, types, guard }: FoundFunction): string {
  return `SELECT ${name}(${types.map((type, index) => `$${index + 1}::${type}`).join(', ')}) WHERE ${guard}`;
}
