import 'pg';

/** What node-postgres has and its types leave out. */
declare module 'pg' {
  interface Client {
    /** The id of the server process, as it introduced itself. */
    readonly processID: number | null;
    /** What a CancelRequest for this session must know. */
    readonly secretKey: number | null;
    readonly connection: Connection;
    /** What it connects with: out of its configuration, the URI there, and the environment. */
    readonly connectionParameters: { options?: string | undefined };
  }
  interface Connection {
    /** Sends a CopyData message. */
    sendCopyFromChunk(chunk: Buffer): void;
  }
}
