import type { FrontendMessages } from './frontend-messages.ts';
import type { Statement } from './transaction.ts';

/**
 * Maximum number of prepared statements of a session. Each one makes the search for foreign statements a microsecond
 * longer.
 */
const limit = 64;

/** The prepared statements of a session, by text and types. Those unused for longest are closed. */
export class StatementCache {
  readonly #names = new Map<string, string>();
  readonly #closing: string[] = [];
  #count = 0;
  #latest: { readonly key: string; readonly name: string } | undefined;

  /** Returns the name of the prepared statement, or undefined. */
  find(statement: Statement): string | undefined {
    const key = keyOf(statement);
    // The events of a batch use the same statement repeatedly.
    if (this.#latest?.key === key) return this.#latest.name;
    const name = this.#names.get(key);
    if (name === undefined) return undefined;
    this.#names.delete(key);
    this.#names.set(key, name);
    this.#latest = { key, name };
    return name;
  }

  /** Writes Parse and returns the name. */
  prepare(messages: FrontendMessages, statement: Statement): string {
    this.#count += 1;
    const name = `pgwamp_${this.#count}`;
    messages.parse(name, statement.text, statement.types);
    this.#names.set(keyOf(statement), name);
    return name;
  }

  /** Removes a statement, so that it is prepared again next time. */
  forget(statement: Statement): void {
    this.#forget(keyOf(statement));
  }

  /** Removes all statements. */
  clear(): void {
    for (const key of [...this.#names.keys()]) this.#forget(key);
  }

  /**
   * Writes Close for statements above the limit, removed ones, and foreign ones. Closing one that does not exist is not
   * an error.
   */
  writeCloses(messages: FrontendMessages, foreign: readonly string[]): void {
    for (const key of this.#names.keys()) {
      if (this.#names.size <= limit) break;
      this.#forget(key);
    }
    for (const name of this.#closing.splice(0)) messages.close('S', name);
    for (const name of foreign) messages.close('S', name);
  }

  #forget(key: string): void {
    const name = this.#names.get(key);
    if (name === undefined) return;
    this.#names.delete(key);
    if (this.#latest?.key === key) this.#latest = undefined;
    this.#closing.push(name);
  }
}

/** The same text with other types is another statement. */
function keyOf({ text, types }: Statement): string {
  return types === undefined || types.length === 0 ? text : `${types.join()} ${text}`;
}
