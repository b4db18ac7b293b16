import type { Batch } from './message.ts';

/** A batch that is on its way. */
export interface Entry {
  readonly confirm: Batch['confirm'];
  /** Messages that are not settled yet, and one more as long as the batch is being handed out. */
  outstanding: number;
}

/** Keeps account of what is on its way, batch by batch, and knows what may be confirmed: what has nothing unsettled before it. */
export class Ledger {
  readonly #entries: Entry[] = [];

  /** Opens the account of a batch; settle it once for every message, and once when all were handed out. */
  open({ messages, confirm }: Batch): Entry {
    const entry = { confirm, outstanding: messages.length + 1 };
    this.#entries.push(entry);
    return entry;
  }

  /** One message is settled. Returns how to confirm everything before the first unsettled one, if that is more than before. */
  settle(entry: Entry): Batch['confirm'] {
    entry.outstanding -= 1;
    if (entry.outstanding > 0 || this.#entries[0] !== entry) return undefined;
    const open = this.#entries.findIndex(({ outstanding }) => outstanding > 0);
    const settled = this.#entries.splice(0, open < 0 ? this.#entries.length : open);
    return settled.findLast(({ confirm }) => confirm !== undefined)?.confirm;
  }
}
