import { inspect } from 'node:util';
import { type TestDatabase, withDeadline } from '@pgwamp/harness';
import type { Stage } from './stage.ts';

/** The endpoints in PostgreSQL, and the sessions that serve them. */
const queries = {
  registrations: 'SELECT uri, state, error, calls, failed, last_error FROM crossbar.registrations',
  subscriptions: 'SELECT uri, state, error, events, failed, dropped, last_error FROM crossbar.subscriptions',
  sessions: `SELECT pid, application_name, state, wait_event, now() - state_change AS since, left(query, 80) AS query
    FROM pg_stat_activity WHERE datname = current_database() ORDER BY application_name`,
} as const;

async function rowsOf(database: TestDatabase, statement: string): Promise<unknown> {
  await using sql = await database.connect();
  return (await sql.query(statement)).rows;
}

/** The states of all components, of PostgreSQL and of the router, from which the cause of a failure can be told. */
export async function reportOf({ components, databases, router }: Stage): Promise<string> {
  const parts: [string, unknown][] = Object.entries(components).map(([name, component]) => [name, component.status()]);
  for (const [name, statement] of Object.entries(queries)) {
    const rows = withDeadline(rowsOf(databases.wal, statement), 10_000, name);
    parts.push([name, await rows.catch((error: Error) => error.message)]);
  }
  parts.push(['router', router.realms]);
  const lines = parts.map(
    ([name, state]) => `${name}: ${inspect(state, { depth: 6, breakLength: 160, getters: true })}`,
  );
  return lines.join('\n');
}
