import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ProxyTarget } from '../proxy/link.ts';
import { superuserConfig } from './address.ts';
import { type Cluster, createClusterFolder } from './cluster.ts';
import { type Connection, connect } from './connect.ts';
import { giveAllTo, giveTo } from './unprivileged-user.ts';

/** Files that belong to the running server, or that a standby receives over its connection. */
const left = /^(?:postmaster\.(?:pid|opts)|(?:pg_wal|pg_replslot|pg_stat_tmp|pg_notify|pg_subtrans|pg_dynshmem)\/.+)$/;

/**
 * Copies a running cluster to another folder, for a standby of the server at an address.
 *
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function backUpForStandby(
  cluster: Cluster,
  server: { readonly port: number; readonly version: number },
  primary: ProxyTarget,
): Promise<Cluster> {
  const folder = await createClusterFolder();
  const data = join(folder, 'data');
  const address = { host: '127.0.0.1', port: server.port, superuser: 'postgres', password: cluster.password };
  await using superuser = await connect(superuserConfig(address));
  const label = await whileBackedUp(superuser, server.version, () =>
    cp(cluster.data, data, { recursive: true, filter: (path) => !left.test(relative(cluster.data, path)) }),
  );
  const { host, port } = primary;
  const settings = await readFile(join(data, 'postgresql.conf'), 'utf8');
  const own = {
    unix_socket_directories: folder,
    primary_conninfo: `host=${host} port=${port} user=postgres password=${cluster.password}`,
    wal_retrieve_retry_interval: '100ms',
  };
  const lines = Object.entries(own).map(([name, value]) => `${name} = '${value}'\n`);
  await writeFile(join(data, 'postgresql.conf'), `${settings}\n${lines.join('')}`);
  await writeFile(join(data, 'backup_label'), label);
  await writeFile(join(data, 'standby.signal'), '');
  giveTo(cluster.user, folder);
  await giveAllTo(cluster.user, data);
  return { ...cluster, folder, data, logFile: join(folder, 'log') };
}

/** @returns the text of `backup_label`. */
async function whileBackedUp(superuser: Connection, version: number, copy: () => Promise<void>): Promise<string> {
  // PostgreSQL 15 renamed these functions.
  const [start, stop] =
    version >= 15
      ? [`pg_backup_start('standby', true)`, 'pg_backup_stop(false)']
      : [`pg_start_backup('standby', true, false)`, 'pg_stop_backup(false, false)'];
  await superuser.query(`SELECT ${start}`);
  await copy();
  const { rows } = await superuser.query<{ labelfile: string }>(`SELECT labelfile FROM ${stop}`);
  return rows[0]?.labelfile ?? '';
}
