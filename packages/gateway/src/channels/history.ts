import type { Entry } from './entry.ts';
import type { Since } from './since.ts';

/** How much of a channel is kept. */
export interface HistoryLimits {
  readonly messages: number;
  readonly bytes: number;
  /** In milliseconds. */
  readonly age: number;
}

/** What a client has missed of a channel. */
export interface Missed {
  readonly entries: readonly Entry[];
  /** Whether these are all. */
  readonly isComplete: boolean;
}

/** The last entries of a channel, within bounds, for clients that come again. */
export class History {
  readonly #limits: HistoryLimits;
  #entries: Entry[] = [];
  /** Entries before this index are forgotten; they are cut off now and then. */
  #first = 0;
  #bytes = 0;
  /** Everything after this offset is here. */
  #offset: number;
  /** Everything after this position of the log is here; undefined if that is not known. */
  #position: bigint | undefined;

  /**
   * @param offset everything of the channel that happens after it will be added.
   * @param position the same in the log, where the channel has positions.
   */
  constructor(limits: HistoryLimits, offset: number, position: bigint | undefined) {
    this.#limits = limits;
    this.#offset = offset;
    this.#position = position;
  }

  /** Adds an entry, and forgets what is beyond the bounds. */
  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.size;
    this.forget(entry.time);
  }

  /** Forgets what is beyond the bounds. */
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

  /** What happened after an offset of this gateway. */
  after(offset: number): Missed {
    return { entries: this.#from((entry) => entry.offset > offset), isComplete: offset >= this.#offset };
  }

  /** Whether it has a message of the log. */
  has(message: NonNullable<Since['log']>): boolean {
    return this.#find(message) !== undefined;
  }

  /** What happened after a message of the log; or, if it is not known here, after its position: then some of it may be repeated. */
  afterLog(message: NonNullable<Since['log']>): Missed {
    const { position } = message;
    const found = this.#find(message);
    if (found) return this.after(found.offset);
    const entries = this.#from((entry) => entry.position === undefined || entry.position > position);
    return { entries, isComplete: this.#position !== undefined && position >= this.#position };
  }

  /** A message stands in the log before the commit of its transaction, which is its position here; the last one ends right where that begins. */
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
