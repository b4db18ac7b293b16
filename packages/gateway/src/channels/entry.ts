/** An event of a channel: a message or a gap, in the order of the gateway. */
export interface Entry {
  /** The sequence number among all entries of the gateway. */
  readonly offset: number;
  /** The id that clients receive. */
  readonly id: string;
  /** A Buffer if the feed delivered bytes, which avoids a conversion to a string. */
  readonly payload: string | Buffer;
  /** Bytes of the payload. */
  readonly size: number;
  /** For channels of the log: the end of the transaction in the log. */
  readonly position: bigint | undefined;
  /** The time of arrival, by the monotonic clock. */
  readonly time: number;
  /** Set only for a gap, which has no payload. */
  readonly gap: { readonly from: string | null; readonly reason: string } | undefined;
}
