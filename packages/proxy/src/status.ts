import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** The status of a Proxy. */
export interface ProxyStatus extends ComponentStatus {
  /** The server process and replication slot, while connected to PostgreSQL. */
  readonly database: { readonly processId: number; readonly slot: string | undefined } | undefined;
  /** Whether `crossbar.pause_proxy` has paused it. */
  readonly paused: boolean;
  /** Bytes of WAL not yet delivered, and bytes that PostgreSQL retains for the slot, as of the last second. */
  readonly lag: { readonly bytes: number; readonly retained: number };
  /** The number of times that notifications may have been missed. */
  readonly gaps: number;
  /** The sinks, by name. */
  readonly sinks: Readonly<Record<string, SinkStatus>>;
}

/** The status of a sink. */
export interface SinkStatus {
  /** Whether the broker is connected. */
  readonly connected: boolean;
  /** The time since when its broker is down, once it has been for longer than `down_after`. */
  readonly downSince: Date | undefined;
  /** Whether it is behind the other sinks and has its own reader of the log. */
  readonly behind: boolean;
  /** Messages confirmed by the broker since the Proxy was created, including repeats. */
  readonly confirmed: number;
  /** Messages refused by the broker. */
  readonly refused: number;
  /** Parked messages: refused ones, and those that wait behind them or for the broker. */
  readonly parked: number;
  /** Refused messages that were discarded. */
  readonly discarded: number;
  /** Notifications dropped because they arrived faster than the sink accepted them. */
  readonly dropped: number;
  /** Parked messages that were sent again. */
  readonly retried: number;
  /**
   * Messages sent again because the connection was lost before the broker had answered: the broker may have received
   * them twice.
   */
  readonly repeated: number;
  /** Messages that wait for a confirmation of the broker. */
  readonly inFlight: number;
  /** The time of the last confirmation. */
  readonly lastConfirmedAt: Date | undefined;
}
