import type { Batch } from './message.ts';

/** A batch that is being delivered. */
export interface Entry {
  readonly confirm: Batch['confirm'];
  /** Number of unsettled messages, plus one while the batch is being sent. */
  outstanding: number;
}

/**
 * Tracks the batches being delivered, and determines which can be confirmed: those with no unsettled message before
 * them.
 */
export class Ledger {
  readonly #entries: Entry[] = [];

  /** Adds a batch. `settle` must be called once for each message, and once after all messages were sent. */
  open({ messages, confirm }: Batch): Entry {
    const entry = { confirm, outstanding: messages.length + 1 };
    this.#entries.push(entry);
    return entry;
  }

  /**
   * Settles one message. Returns the function that confirms all settled batches up to the first unsettled one, if there
   * are new ones.
   */
  settle(entry: Entry): Batch['confirm'] {
    entry.outstanding -= 1;
    let confirm: Batch['confirm'];
    while (this.#entries[0]?.outstanding === 0) confirm = this.#entries.shift()?.confirm ?? confirm;
    return confirm;
  }
}
