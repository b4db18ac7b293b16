/** A parameter: text in PostgreSQL's text format, bytes in its binary format. */
export type ParameterValue = string | Buffer | null;

/** One SQL statement, and its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly ParameterValue[];
  /**
   * The types of the first parameters, by oid; PostgreSQL infers those of the others. A type that is given by oid needs no name, and no
   * right on its schema.
   */
  readonly types?: readonly number[] | undefined;
}

/** One row, every column in PostgreSQL's text format. */
export type Row = readonly (string | null)[];

/** One row, every column as its bytes. */
export type BytesRow = readonly (Buffer | null)[];

/** The rows of every statement. */
export type Results = readonly (readonly Row[])[];

/** Takes rows as they come; false is enough. The next rows are read when it has resolved, and its rejection rolls back. */
export type RowConsumer = (rows: readonly Row[]) => Promise<boolean>;

/** One more statement, which is made of what the last one has returned, and runs in the same transaction. */
export interface FollowUp {
  /** For each column of the last statement, whether it comes in PostgreSQL's binary format. */
  readonly binary: readonly boolean[];
  /** Makes the statement of the row. What it throws rolls back. */
  statement(row: BytesRow): Statement;
}

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
  /** What follows the last statement; instead of `rows`. */
  readonly followUp?: FollowUp | undefined;
}
