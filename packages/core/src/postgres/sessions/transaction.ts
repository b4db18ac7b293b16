/** A parameter value: a string in PostgreSQL's text format, or a buffer in its binary format. */
export type ParameterValue = string | Buffer | null;

/** An SQL statement and its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly ParameterValue[];
  /**
   * The oids of the first parameters' types. PostgreSQL infers the others. A type given by its oid needs no name, and
   * no privilege on its schema.
   */
  readonly types?: readonly number[] | undefined;
}

/** One row, with each column in PostgreSQL's text format. */
export type Row = readonly (string | null)[];

/** One row, with each column as bytes. */
export type BytesRow = readonly (Buffer | null)[];

/** The rows of every statement. */
export type Results = readonly (readonly Row[])[];

/**
 * Receives rows as they arrive. It returns false if it needs no more. The next rows are read when its promise has
 * resolved, and a rejection rolls back the transaction.
 */
export type RowConsumer = (rows: readonly Row[]) => Promise<boolean>;

/** A statement that is created from the result of the last one, and runs in the same transaction. */
export interface FollowUp {
  /** For each column of the last statement, whether it is sent in PostgreSQL's binary format. */
  readonly binary: readonly boolean[];
  /** Creates the statement from the row. An error rolls back the transaction. */
  statement(row: BytesRow): Statement;
}

/** A unit of work of a session. */
export interface Transaction {
  /** The first statement must only change settings, because the transaction may be restarted after it. */
  readonly statements: readonly Statement[];
  /**
   * `transaction`: all statements form one transaction. `session`: the first one is committed separately, so its
   * settings outlast a COMMIT in the others.
   */
  readonly scope: 'transaction' | 'session';
  /** Whether the last column of the last statement is `crossbar._reset()`. */
  readonly resets?: boolean | undefined;
  /** Streams the rows of the last statement, instead of returning them. */
  readonly rows?: RowConsumer | undefined;
  /** Follows the last statement. It cannot be combined with `rows`. */
  readonly followUp?: FollowUp | undefined;
}
