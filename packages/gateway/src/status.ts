import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** How the log is read for channels of topics and tables. */
export interface LogStatus {
  /** Clients were told everything before this position of the log. */
  readonly position: string;
  /** The slot that keeps the log while no gateway runs. */
  readonly slot: string | undefined;
  /** Bytes of WAL that PostgreSQL retains for that slot, as of the last second; undefined without a slot. */
  readonly retained: number | undefined;
  /** Clients can resume from this position on, also after a restart; undefined without a slot. */
  readonly resumesFrom: string | undefined;
}

/** A table that clients may listen to. */
export interface TableStatus {
  /** The table, with its schema. */
  readonly table: string;
  /** Which rows they are told of, in words. */
  readonly rows: string;
}

/** The status of a Gateway. */
export interface GatewayStatus extends ComponentStatus {
  /** Server process of the connection that LISTENs, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number } | undefined;
  /** Where the gateway listens, while it does. */
  readonly server: { readonly port: number } | { readonly path: string } | undefined;
  /** How the log is read; undefined without topics and tables. */
  readonly log: LogStatus | undefined;
  /** The tables that clients may listen to. */
  readonly tables: readonly TableStatus[];
  /** Clients that are connected. */
  readonly clients: number;
  /** Channels that are listened to. */
  readonly channels: number;
  /** Milliseconds that it took to listen to the channel that was opened last; 0 before the first. */
  readonly listenLatency: number;
  /** Messages that PostgreSQL has sent since the gateway was created. */
  readonly messagesIn: number;
  /** Bytes of the messages that PostgreSQL has sent. */
  readonly bytesIn: number;
  /** Messages that clients were sent. */
  readonly messagesOut: number;
  /** Bytes of the messages that clients were sent. */
  readonly bytesOut: number;
  /** Frames that clients have sent. */
  readonly framesIn: number;
  /** Clients that were closed since they read too slowly. */
  readonly slowCloses: number;
  /** Messages that were not sent to clients that read too slowly. */
  readonly dropped: number;
  /** Gaps that channels had, and that clients were told. */
  readonly gaps: number;
  /** Channels that were resumed exactly by clients that came again. */
  readonly exactResumes: number;
  /** Channels that were resumed with a gap. */
  readonly gapResumes: number;
}
