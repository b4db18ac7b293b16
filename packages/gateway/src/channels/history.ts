import type { Entry } from './entry.ts';
import type { Since } from './since.ts';

/** The limits of a channel's history. */
export interface HistoryLimits {
  readonly messages: number;
  readonly bytes: number;
  /** In milliseconds. */
  readonly age: number;
}

/** The entries that a client has missed on a channel. */
export interface Missed {
  readonly entries: readonly Entry[];
  /** Whether no missed entry is lacking. */
  readonly isComplete: boolean;
}

/** The latest entries of a channel, within limits, for clients that reconnect. */
export class History {
  readonly #limits: HistoryLimits;
  #entries: Entry[] = [];
  /** The index of the first valid entry. Older entries are removed in batches. */
  #first = 0;
  #bytes = 0;
  /** All entries after this offset are present. */
  #offset: number;
  /** All entries after this position of the log are present; undefined if the position is unknown. */
  #position: bigint | undefined;

  /**
   * @param offset all entries of the channel after this offset will be added.
   * @param position the same as a position of the log, if the channel has positions.
   */
  constructor(limits: HistoryLimits, offset: number, position: bigint | undefined) {
    this.#limits = limits;
    this.#offset = offset;
    this.#position = position;
  }

  /** Adds an entry, and removes those beyond the limits. */
  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.size;
    this.forget(entry.time);
  }

  /** Removes the entries beyond the limits. */
  forget(now: number): void {
    const { messages, bytes, age } = this.#limits;
    while (this.#first < this.#entries.length) {
      const oldest = this.#entries[this.#first] as Entry;
      const isKept = this.#entries.length - this.#first <= messages && this.#bytes <= bytes && now - oldest.time <= age;
      if (isKept) break;
      this.#first += 1;
      this.#bytes -= oldest.size;
      this.#offset = oldest.offset;
      this.#position = oldest.position ?? this.#position;
    }
    if (this.#first > 64 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The entries after an offset of this gateway. */
  after(offset: number): Missed {
    return { entries: this.#from((entry) => entry.offset > offset), isComplete: offset >= this.#offset };
  }

  /** Whether it contains a message of the log. */
  has(message: NonNullable<Since['log']>): boolean {
    return this.#find(message) !== undefined;
  }

  /**
   * The entries after a message of the log. If the message is unknown here, the entries after its position: some of
   * them may be repeated.
   */
  afterLog(message: NonNullable<Since['log']>): Missed {
    const { position } = message;
    const found = this.#find(message);
    if (found) return this.after(found.offset);
    const entries = this.#from((entry) => entry.position === undefined || entry.position > position);
    return { entries, isComplete: this.#position !== undefined && position >= this.#position };
  }

  /**
   * The position of an entry is the commit of its transaction, which comes after the message itself. The last message
   * ends where the commit begins.
   */
  #find({ id, position }: NonNullable<Since['log']>): Entry | undefined {
    const later = this.#from((entry) => entry.position === undefined || entry.position >= position);
    return later.find((entry) => entry.id === id);
  }

  #from(isAfter: (entry: Entry) => boolean): Entry[] {
    let low = this.#first;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isAfter(this.#entries[middle] as Entry)) high = middle;
      else low = middle + 1;
    }
    return this.#entries.slice(low);
  }
}
