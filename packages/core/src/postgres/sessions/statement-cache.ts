import type { FrontendMessages } from './frontend-messages.ts';
import type { Statement } from './transaction.ts';

/**
 * Maximum number of prepared statements of a session. Each one makes the search for foreign statements a microsecond
 * longer.
 */
const limit = 64;

interface Prepared {
  readonly name: string;
  readonly types: readonly number[];
  /** Grows with each use. */
  used: number;
  /** Whether its last execution has reset the session. */
  resets: boolean;
}

const untyped: readonly number[] = [];

/** The prepared statements of a session, by text and types. Those unused for longest are closed. */
export class StatementCache {
  readonly #prepared = new Map<string, Prepared>();
  readonly #closing: string[] = [];
  #count = 0;
  #uses = 0;

  /** Returns the name of the prepared statement, or undefined. */
  find({ text, types = untyped }: Statement): string | undefined {
    const known = this.#prepared.get(text);
    // The same text with other types is another statement.
    if (!known || (known.types !== types && !areEqual(known.types, types))) return undefined;
    this.#uses += 1;
    known.used = this.#uses;
    return known.name;
  }

  /** Writes Parse and returns the name. */
  prepare(messages: FrontendMessages, { text, types = untyped }: Statement): string {
    this.#forget(text);
    this.#count += 1;
    this.#uses += 1;
    const name = `pgwamp_${this.#count}`;
    messages.parse(name, text, types);
    this.#prepared.set(text, { name, types, used: this.#uses, resets: true });
    return name;
  }

  /** Whether the statement is expected to reset the session, and nothing is to be closed. */
  resets({ text }: Statement): boolean {
    const isFull = this.#prepared.size > limit || this.#closing.length > 0;
    return !isFull && this.#prepared.get(text)?.resets === true;
  }

  /** Notes whether the execution of a statement has reset the session. */
  note({ text }: Statement, hasReset: boolean): void {
    const known = this.#prepared.get(text);
    if (known) known.resets = hasReset;
  }

  /** Removes a statement, so that it is prepared again next time. */
  forget({ text }: Statement): void {
    this.#forget(text);
  }

  /** Removes all statements. */
  clear(): void {
    for (const text of [...this.#prepared.keys()]) this.#forget(text);
  }

  /**
   * Writes Close for statements above the limit, removed ones, and foreign ones. Closing one that does not exist is not
   * an error.
   */
  writeCloses(messages: FrontendMessages, foreign: readonly string[]): void {
    while (this.#prepared.size > limit) this.#forget(this.#leastUsed());
    for (const name of this.#closing.splice(0)) messages.close('S', name);
    for (const name of foreign) messages.close('S', name);
  }

  #leastUsed(): string {
    let [least, since] = ['', Number.POSITIVE_INFINITY];
    for (const [text, { used }] of this.#prepared) if (used < since) [least, since] = [text, used];
    return least;
  }

  #forget(text: string): void {
    const known = this.#prepared.get(text);
    if (known === undefined) return;
    this.#prepared.delete(text);
    this.#closing.push(known.name);
  }
}

function areEqual(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((type, index) => type === others[index]);
}
