/** One SQL statement, and its parameters in PostgreSQL's text format. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | null)[];
}

/** One row, every column in PostgreSQL's text format. */
export type Row = readonly (string | null)[];

/** The rows of every statement. */
export type Results = readonly (readonly Row[])[];

/** Takes rows as they come; false is enough. The next rows are read when it has resolved, and its rejection rolls back. */
export type RowConsumer = (rows: readonly Row[]) => Promise<boolean>;

/** What a session runs in one go. */
export interface Transaction {
  /** The first one is taken to have no effect but on settings: a transaction may be begun anew after it. */
  readonly statements: readonly Statement[];
  /**
   * `transaction`: all statements are one transaction. `session`: the first one is committed by itself, so that what it has
   * set outlasts a COMMIT in the others.
   */
  readonly scope: 'transaction' | 'session';
  /** Streams the rows of the last statement, instead of returning them. */
  readonly rows?: RowConsumer | undefined;
}
