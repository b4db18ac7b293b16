/** What PostgreSQL says of an error. */
export interface SqlError extends Error {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** The error that a statement ends with; fails when it succeeds. */
export async function errorOf(statement: Promise<unknown>): Promise<SqlError> {
  const outcome: unknown = await statement.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error) || !('code' in outcome)) throw new Error('the statement should have failed');
  return outcome as SqlError;
}
