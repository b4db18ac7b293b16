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
    if (entry.outstanding > 0 || this.#entries[0] !== entry) return undefined;
    const open = this.#entries.findIndex(({ outstanding }) => outstanding > 0);
    const settled = this.#entries.splice(0, open < 0 ? this.#entries.length : open);
    return settled.findLast(({ confirm }) => confirm !== undefined)?.confirm;
  }
}
