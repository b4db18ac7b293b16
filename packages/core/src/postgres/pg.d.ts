import 'pg';

/** Members of node-postgres that its types do not declare. */
declare module 'pg' {
  interface Client {
    /** The process id of the server process, as it reported at the start of the session. */
    readonly processID: number | null;
    /** The secret key for a CancelRequest of this session. */
    readonly secretKey: number | null;
    readonly connection: Connection;
    /** The parameters of the connection, from its configuration, the URI and the environment. */
    readonly connectionParameters: { options?: string | undefined };
  }
  interface Connection {
    /** Sends a CopyData message. */
    sendCopyFromChunk(chunk: Buffer): void;
  }
}
