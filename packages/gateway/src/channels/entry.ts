/** Something that happened in a channel, in the order of the gateway. */
export interface Entry {
  /** Its number among everything that has happened in the gateway. */
  readonly offset: number;
  /** What clients are told as its id. */
  readonly id: string;
  /** Bytes where it came as bytes, so that it need not become a string. */
  readonly payload: string | Buffer;
  /** Bytes of the payload. */
  readonly size: number;
  /** The end of its transaction in the log, of channels of the log. */
  readonly position: bigint | undefined;
  /** When it arrived, by the monotonic clock. */
  readonly time: number;
  /** Set of a gap, which has no payload. */
  readonly gap: { readonly from: string | null; readonly reason: string } | undefined;
}
