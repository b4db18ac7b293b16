import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** The status of reading the log for channels of topics and tables. */
export interface LogStatus {
  /** Clients have received everything before this position of the log. */
  readonly position: string;
  /** The slot that keeps the log while no gateway runs. */
  readonly slot: string | undefined;
  /** Bytes of WAL that PostgreSQL retains for that slot, as of the last second; undefined without a slot. */
  readonly retained: number | undefined;
  /** The first position that clients can resume from, also after a restart; undefined without a slot. */
  readonly resumesFrom: string | undefined;
}

/** A table that clients may listen to. */
export interface TableStatus {
  /** The table, with its schema. */
  readonly table: string;
  /** The rows that clients see, as a description. */
  readonly rows: string;
}

/** The status of a Gateway. */
export interface GatewayStatus extends ComponentStatus {
  /** The server process of the connection that LISTENs, while connected to PostgreSQL. */
  readonly database: { readonly processId: number } | undefined;
  /** The address that the gateway listens on, while it listens. */
  readonly server: { readonly port: number } | { readonly path: string } | undefined;
  /** The status of reading the log; undefined without topics and tables. */
  readonly log: LogStatus | undefined;
  /** The tables that clients may listen to. */
  readonly tables: readonly TableStatus[];
  /** Connected clients. */
  readonly clients: number;
  /** Open channels. */
  readonly channels: number;
  /** Milliseconds until LISTEN was in force for the most recently opened channel; 0 before the first. */
  readonly listenLatency: number;
  /** Messages received from PostgreSQL since the gateway was created. */
  readonly messagesIn: number;
  /** Bytes of messages received from PostgreSQL. */
  readonly bytesIn: number;
  /** Messages sent to clients. */
  readonly messagesOut: number;
  /** Bytes of messages sent to clients. */
  readonly bytesOut: number;
  /** Frames received from clients. */
  readonly framesIn: number;
  /** Clients closed because they read too slowly. */
  readonly slowCloses: number;
  /** Messages not sent because clients read too slowly. */
  readonly dropped: number;
  /** Gaps reported to clients. */
  readonly gaps: number;
  /** Channels resumed without a gap by clients that reconnected. */
  readonly exactResumes: number;
  /** Channels resumed with a gap. */
  readonly gapResumes: number;
}
