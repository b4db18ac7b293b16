import 'pg';

/** What node-postgres has and its types leave out. */
declare module 'pg' {
  interface Client {
    /** The id of the server process, as it introduced itself. */
    readonly processID: number | null;
    /** What a CancelRequest for this session must know. */
    readonly secretKey: number | null;
    readonly connection: Connection;
  }
  interface Connection {
    /** Sends a CopyData message. */
    sendCopyFromChunk(chunk: Buffer): void;
    parse(statement: { readonly name: string; readonly text: string }): void;
    bind(binding: { readonly statement: string; readonly values: readonly (string | null)[] }): void;
    /** Runs the unnamed portal, up to a number of rows; 0 is all. */
    execute(limit: { readonly rows: number }): void;
    close(target: { readonly type: 'S' | 'P'; readonly name: string }): void;
  }
}
