import type { FrontendMessages } from './frontend-messages.ts';
import type { Statement } from './transaction.ts';

/** How many statements a session keeps prepared. Every one makes the look for those of others a microsecond longer. */
const limit = 64;

/** The statements that are prepared in one session, by their text and types; those not used for longest are closed. */
export class StatementCache {
  readonly #names = new Map<string, string>();
  readonly #closing: string[] = [];
  #count = 0;
  #latest: { readonly key: string; readonly name: string } | undefined;

  /** The name of the prepared statement, if there is one. */
  find(statement: Statement): string | undefined {
    const key = keyOf(statement);
    // Events of a batch ask for the same one again and again.
    if (this.#latest?.key === key) return this.#latest.name;
    const name = this.#names.get(key);
    if (name === undefined) return undefined;
    this.#names.delete(key);
    this.#names.set(key, name);
    this.#latest = { key, name };
    return name;
  }

  /** Writes Parse; returns the name. */
  prepare(messages: FrontendMessages, statement: Statement): string {
    this.#count += 1;
    const name = `pgwamp_${this.#count}`;
    messages.parse(name, statement.text, statement.types);
    this.#names.set(keyOf(statement), name);
    return name;
  }

  /** Has a statement prepared anew next time. */
  forget(statement: Statement): void {
    this.#forget(keyOf(statement));
  }

  /** Forgets all. */
  clear(): void {
    for (const key of [...this.#names.keys()]) this.#forget(key);
  }

  /** Writes Close for what is in excess, forgotten, or not ours. To close what does not exist is no error. */
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

/** The same text is another statement with other types. */
function keyOf({ text, types }: Statement): string {
  return types === undefined || types.length === 0 ? text : `${types.join()} ${text}`;
}
