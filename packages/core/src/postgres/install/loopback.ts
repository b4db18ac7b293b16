import { type DatabaseConfiguration, singleHosts } from '@pgwamp/config';
import format from 'pg-format';
import type { Connection } from '../connection.ts';
import { startupOptions } from '../session-settings.ts';

/**
 * Creates the foreign server `crossbar_loopback`, through which PostgreSQL connects to itself. Autonomous publications
 * of the deliveries "outbox" and "notify" use it. The password is stored in the user mapping, where only its owner can
 * read it. Without dblink or a password, this function does nothing.
 *
 * @see https://www.postgresql.org/docs/current/contrib-dblink-connect.html
 */
export async function prepareLoopback(connection: Connection, configuration: DatabaseConfiguration): Promise<void> {
  const password = passwordOf(configuration);
  if (password === undefined || !(await isGranted(connection))) return;
  const [address] = await connection.query<{ server: string[]; mapping: string[] }>(
    `SELECT array_remove(ARRAY['host=' || host(inet_server_addr()), 'port=' || inet_server_port(), 'dbname=' || current_database(),
           'options=' || $2], NULL)
       AS server, ARRAY['user=' || current_user, 'password=' || $1] AS mapping`,
    [password, startupOptions()],
  );
  if (!address || (await isCurrent(connection, address))) return;
  await connection.query(
    `DROP SERVER IF EXISTS crossbar_loopback CASCADE;
     CREATE SERVER crossbar_loopback FOREIGN DATA WRAPPER dblink_fdw OPTIONS (${options(address.server)});
     CREATE USER MAPPING FOR CURRENT_USER SERVER crossbar_loopback OPTIONS (${options(address.mapping)})`,
  );
}

async function isGranted(connection: Connection): Promise<boolean> {
  const [row] = await connection.query<{ granted: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_foreign_data_wrapper WHERE fdwname = 'dblink_fdw'
       AND has_foreign_data_wrapper_privilege(oid, 'USAGE')) AS granted`,
  );
  return row?.granted ?? false;
}

async function isCurrent(connection: Connection, address: { server: string[]; mapping: string[] }): Promise<boolean> {
  const [row] = await connection.query<{ current: boolean }>(
    `SELECT srvoptions @> $1 AND srvoptions <@ $1 AND umoptions @> $2 AND umoptions <@ $2 AS current
     FROM pg_user_mappings JOIN pg_foreign_server ON pg_foreign_server.oid = srvid
     WHERE pg_foreign_server.srvname = 'crossbar_loopback' AND usename = current_user`,
    [address.server, address.mapping],
  );
  return row?.current ?? false;
}

function options(assignments: readonly string[]): string {
  const pairs = assignments.map((assignment) => {
    const [name = '', ...value] = assignment.split('=');
    return format('%I %L', name, value.join('='));
  });
  return pairs.join(', ');
}

function passwordOf(configuration: DatabaseConfiguration): string | undefined {
  const [first = configuration] = singleHosts(configuration);
  if (!('uri' in first)) return first.password;
  const { password } = new URL(first.uri);
  return password === '' ? undefined : decodeURIComponent(password);
}
