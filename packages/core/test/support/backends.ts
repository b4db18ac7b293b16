import type { TestDatabase } from '@pgwamp/harness';

/** The server processes of a database that have an application_name. */
export async function backendsOf(database: TestDatabase, applicationName: string): Promise<number[]> {
  await using superuser = await database.connect();
  const { rows } = await superuser.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database() ORDER BY pid',
    [applicationName],
  );
  return rows.map(({ pid }) => pid);
}

/** Ends server processes, as an administrator would. */
export async function terminate(database: TestDatabase, ...processIds: readonly number[]): Promise<void> {
  await using superuser = await database.connect();
  await superuser.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [processIds]);
}
