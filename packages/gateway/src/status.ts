import type { ComponentStatus } from '@pgwamp/core/internal/component';

/** The status of a Gateway. */
export interface GatewayStatus extends ComponentStatus {
  /** Server process of the connection that LISTENs, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number } | undefined;
  /** Where the gateway listens, while it does. */
  readonly server: { readonly port: number } | { readonly path: string } | undefined;
  /** Clients that are connected. */
  readonly clients: number;
  /** Channels that are listened to. */
  readonly channels: number;
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
