import pg from 'pg';

const name = 'pgwamp_search';
const text = 'SELECT name FROM pg_catalog.pg_prepared_statements WHERE from_sql';

/** Looks for the statements that SQL has prepared. */
export class Search implements pg.Submittable {
  /** Their names. */
  readonly found: string[] = [];
  readonly #ended: (error?: pg.DatabaseError) => void;
  #prepared = false;

  constructor(ended: (error?: pg.DatabaseError) => void) {
    this.#ended = ended;
  }

  /** Sends all messages, up to the Sync. */
  send(connection: pg.Connection): void {
    if (!this.#prepared) this.#prepare(connection);
    connection.bind({ statement: name, values: [] });
    connection.execute({ rows: 0 });
    connection.sync();
  }

  submit(): void {}

  handleDataRow({ fields }: { fields: readonly string[] }): void {
    this.found.push(...fields);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#ended();
  }

  handleError(error: unknown): void {
    if (!(error instanceof pg.DatabaseError)) return;
    this.#prepared = false;
    this.#ended(error);
  }

  #prepare(connection: pg.Connection): void {
    this.#prepared = true;
    // After an error it is there, or not, or SQL has put another in its place.
    connection.close({ type: 'S', name });
    connection.parse({ name, text });
  }
}
