import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** How the log is read, of which channels of topics and tables come. */
export interface LogStatus {
  /** Everything before this position of the log was told. */
  readonly position: string;
  /** The slot that keeps the log while no gateway runs. */
  readonly slot: string | undefined;
  /** Clients can resume from this position on, also after a restart; undefined without a slot. */
  readonly resumesFrom: string | undefined;
}

/** A table that clients may listen to. */
export interface TableStatus {
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
  /** Messages that PostgreSQL has sent since the gateway was created, and their bytes. */
  readonly messagesIn: number;
  readonly bytesIn: number;
  /** Messages that clients were sent, and their bytes. */
  readonly messagesOut: number;
  readonly bytesOut: number;
  /** Frames that clients have sent. */
  readonly framesIn: number;
  /** Clients that were closed since they read too slowly. */
  readonly slowCloses: number;
  /** Messages that were not sent to clients that read too slowly. */
  readonly dropped: number;
  /** Gaps that channels had, and that clients were told. */
  readonly gaps: number;
  /** Clients that came again: how often a channel was resumed exactly, and how often with a gap. */
  readonly exactResumes: number;
  readonly gapResumes: number;
}
