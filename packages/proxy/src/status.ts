import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** The status of a Proxy. */
export interface ProxyStatus extends ComponentStatus {
  /** Server process and replication slot, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number; readonly slot: string | undefined } | undefined;
  /** Whether `crossbar.pause_proxy` has paused it. */
  readonly paused: boolean;
  /** Bytes of WAL that are not delivered, and that PostgreSQL retains for the slot, as of the last second. */
  readonly lag: { readonly bytes: number; readonly retained: number };
  /** Times that notifications may have been missed. */
  readonly gaps: number;
  /** The sinks by their names. */
  readonly sinks: Readonly<Record<string, SinkStatus>>;
}

/** The status of a sink. */
export interface SinkStatus {
  /** Whether the broker is connected. */
  readonly connected: boolean;
  /** Since when its broker is down, once it has been for longer than `down_after`. */
  readonly downSince: Date | undefined;
  /** Whether it is behind the other sinks, and reads the log by itself. */
  readonly behind: boolean;
  /** Messages that the broker has confirmed since the Proxy was created, repetitions included. */
  readonly confirmed: number;
  /** Messages that it has refused. */
  readonly refused: number;
  /** Messages that were parked: refused ones, and those that wait behind them or for the broker. */
  readonly parked: number;
  /** Refused messages that were not kept. */
  readonly discarded: number;
  /** Notifications that were dropped, since they came faster than the sink took them. */
  readonly dropped: number;
  /** Parked messages that were sent again. */
  readonly retried: number;
  /** Messages that were sent again since a connection was lost before the broker had answered: it may have them twice. */
  readonly repeated: number;
  /** Messages that wait for the confirmation of the broker. */
  readonly inFlight: number;
  /** When it confirmed something last. */
  readonly lastConfirmedAt: Date | undefined;
}
