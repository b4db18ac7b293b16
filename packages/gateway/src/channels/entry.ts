/** The parts of an entry besides its place in the order of the gateway. */
export interface EntryContent {
  /** A Buffer if the feed delivered bytes, which avoids a conversion to a string. */
  readonly payload: string | Buffer;
  /** For channels of the log: its id, and the end of the transaction in the log. */
  readonly id?: string | undefined;
  readonly position?: bigint | undefined;
  /** Set only for a gap, which has no payload. */
  readonly gap?: { readonly from: string | null; readonly reason: string } | undefined;
}

/** An event of a channel: a message or a gap, in the order of the gateway. */
export class Entry {
  /** The sequence number among all entries of the gateway. */
  readonly offset: number;
  readonly payload: EntryContent['payload'];
  /** Bytes of the payload. */
  readonly size: number;
  readonly position: EntryContent['position'];
  readonly gap: EntryContent['gap'];
  /** The time of arrival, by the monotonic clock, if the channel has a history. */
  readonly time: number;
  readonly #epoch: string;
  readonly #id: string | undefined;

  constructor(epoch: string, offset: number, time: number, { payload, id, position, gap }: EntryContent) {
    this.#epoch = epoch;
    this.offset = offset;
    this.time = time;
    this.payload = payload;
    this.size = Buffer.byteLength(payload);
    this.#id = id;
    this.position = position;
    this.gap = gap;
  }

  /** The id that clients receive. Most entries of plain clients are never asked for it. */
  get id(): string {
    return this.#id ?? `${this.#epoch}:${this.offset}`;
  }
}
