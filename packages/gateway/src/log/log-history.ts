import { messageOverhead } from '@pgwamp/core/internal/pipeline';
import type { Lsn } from '@pgwamp/core/internal/postgres';
import type { LogMessage } from './log-decoder.ts';

/** The limits of messages kept for clients that reconnect. */
export interface Retention {
  /** In milliseconds. */
  readonly age: number;
  /** In bytes, in memory. */
  readonly bytes: number;
  /** Bytes of write-ahead log that PostgreSQL has to keep. */
  readonly wal: number;
}

interface Kept {
  readonly message: LogMessage;
  readonly at: number;
}

/** Interval in milliseconds between two marks; it is the precision of a message's age. */
const markInterval = 1000;

/**
 * The messages of the last minutes, in commit order, and the position after which they are complete. After a restart,
 * it is refilled from the slot, which is never advanced beyond that position.
 */
export class LogHistory {
  readonly #retention: Retention;
  readonly #now: () => number;
  readonly #kept: Kept[] = [];
  /** The positions reached and their times, oldest first. */
  readonly #marks: { readonly position: Lsn; readonly at: number }[] = [];
  #bytes = 0;
  #from: Lsn;

  /** @param from all messages after this position will be added. */
  constructor(retention: Retention, from: Lsn, now: () => number = () => performance.now()) {
    this.#retention = retention;
    this.#from = from;
    this.#now = now;
  }

  /** All messages committed after this position are present. */
  get from(): Lsn {
    return this.#from;
  }

  get messages(): readonly LogMessage[] {
    return this.#kept.map(({ message }) => message);
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(message: LogMessage): void {
    this.#kept.push({ message, at: this.#now() });
    this.#bytes += message.size + messageOverhead;
  }

  /** Notes that the log was read up to a position; removes messages that exceed the limits. */
  reach(position: Lsn): void {
    const now = this.#now();
    const last = this.#marks.at(-1);
    if (!last || now - last.at >= markInterval) this.#marks.push({ position, at: now });
    const { age, bytes, wal } = this.#retention;
    let count = this.#kept.findIndex(({ at }) => now - at <= age);
    if (count < 0) count = this.#kept.length;
    let left = this.#bytes;
    for (const { message } of this.#kept.slice(0, count)) left -= message.size + messageOverhead;
    while (count < this.#kept.length && left > bytes) {
      left -= (this.#kept[count] as Kept).message.size + messageOverhead;
      count += 1;
    }
    const floor = position - BigInt(wal);
    while (count < this.#kept.length && (this.#kept[count] as Kept).message.position < floor) count += 1;
    this.#drop(count);
    const old = this.#marks.findLastIndex((mark) => now - mark.at > age || mark.position < floor);
    if (old >= 0) this.#advance(this.#marks.splice(0, old + 1).at(-1)?.position ?? 0n);
  }

  /** Removes all messages of a transaction together, since a client resumes at transactions. */
  #drop(count: number): void {
    const position = this.#kept[count - 1]?.message.position;
    if (position === undefined) return;
    const rest = this.#kept.findIndex(({ message }, index) => index >= count && message.position !== position);
    const dropped = this.#kept.splice(0, rest < 0 ? this.#kept.length : rest);
    for (const { message } of dropped) this.#bytes -= message.size + messageOverhead;
    this.#advance(position);
  }

  /** Advances the position, but never past a kept message. */
  #advance(position: Lsn): void {
    const first = this.#kept[0]?.message.position;
    const target = first !== undefined && position >= first ? first - 1n : position;
    if (target > this.#from) this.#from = target;
  }
}
