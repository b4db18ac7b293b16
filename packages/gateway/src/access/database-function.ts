import { DatabaseLostError } from '@pgwamp/core';
import { concernsFunction, type FoundFunction, isUsable, NamedFunction } from '@pgwamp/core/internal/functions';
import { type Connection, StatementError } from '@pgwamp/core/internal/postgres';

/** The function of the configuration is missing, or belongs to another role than before. */
export class FunctionUnusableError extends Error {}

/** A function of the configuration, which sessions of clients call, and the session of the gateway looks up. */
export class DatabaseFunction {
  readonly name: string;
  readonly #named: NamedFunction;
  readonly #connection: () => Connection | undefined;

  /**
   * @param parameters see `NamedFunction`.
   * @param connection the connection that looks it up, if there is one.
   */
  constructor(name: string, parameters: readonly (readonly string[])[], connection: () => Connection | undefined) {
    this.name = name;
    this.#named = new NamedFunction(name, parameters);
    this.#connection = connection;
  }

  /** @throws `FunctionUnusableError`; `DatabaseLostError` if it has to be looked up and cannot be. */
  async current(): Promise<FoundFunction> {
    return usable(await this.#named.current(this.#query));
  }

  /**
   * Looks it up.
   *
   * @throws as `current`.
   */
  async check(): Promise<void> {
    usable(await this.#named.find(this.#query));
  }

  /** The reason why a call has failed: a `FunctionUnusableError`, or the error itself. */
  async reasonOf(error: unknown): Promise<unknown> {
    if (!(error instanceof StatementError) || !concernsFunction(error.cause)) return error;
    return this.check().then(
      () => error,
      (reason: unknown) => reason,
    );
  }

  readonly #query = async <Row extends object>(statement: string, parameters?: readonly unknown[]): Promise<Row[]> => {
    const connection = this.#connection();
    if (connection === undefined) throw new DatabaseLostError('there is no connection now');
    return connection.query<Row>(statement, parameters);
  };
}

function usable(found: Awaited<ReturnType<NamedFunction['find']>>): FoundFunction {
  if (isUsable(found)) return found;
  throw new FunctionUnusableError(found.problem);
}
