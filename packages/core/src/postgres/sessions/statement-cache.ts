import type { FrontendMessages } from './frontend-messages.ts';

/** How many statements a session keeps prepared. Every one makes the look for those of others a microsecond longer. */
const limit = 64;

/** The statements that are prepared in one session, by their text; those not used for longest are closed. */
export class StatementCache {
  readonly #names = new Map<string, string>();
  readonly #closing: string[] = [];
  #count = 0;
  #latest: { readonly text: string; readonly name: string } | undefined;

  /** The name of the prepared statement, if there is one. */
  find(text: string): string | undefined {
    // Events of a batch ask for the same one again and again.
    if (this.#latest?.text === text) return this.#latest.name;
    const name = this.#names.get(text);
    if (name === undefined) return undefined;
    this.#names.delete(text);
    this.#names.set(text, name);
    this.#latest = { text, name };
    return name;
  }

  /** Writes Parse; returns the name. */
  prepare(messages: FrontendMessages, text: string): string {
    this.#count += 1;
    const name = `pgwamp_${this.#count}`;
    messages.parse(name, text);
    this.#names.set(text, name);
    return name;
  }

  /** Has a statement prepared anew next time. */
  forget(text: string): void {
    const name = this.#names.get(text);
    if (name === undefined) return;
    this.#names.delete(text);
    if (this.#latest?.text === text) this.#latest = undefined;
    this.#closing.push(name);
  }

  /** Forgets all. */
  clear(): void {
    for (const text of [...this.#names.keys()]) this.forget(text);
  }

  /** Writes Close for what is in excess, forgotten, or not ours. To close what does not exist is no error. */
  writeCloses(messages: FrontendMessages, foreign: readonly string[]): void {
    for (const text of this.#names.keys()) {
      if (this.#names.size <= limit) break;
      this.forget(text);
    }
    for (const name of this.#closing.splice(0)) messages.close('S', name);
    for (const name of foreign) messages.close('S', name);
  }
}
