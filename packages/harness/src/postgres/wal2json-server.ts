import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedServer } from './embedded-server.ts';
import type { PostgresServer } from './postgres-server.ts';
import { serverSettings } from './server-settings.ts';

/** The folder of Debian's packages of PostgreSQL, with a folder for each major version. */
const installations = '/usr/lib/postgresql';

/** The major version of a PostgreSQL of this machine that has the plugin wal2json: on Debian the packages `postgresql-15` and `postgresql-15-wal2json`. */
export function wal2jsonMajor(): string | undefined {
  const versions = existsSync(installations) ? readdirSync(installations) : [];
  return versions.find((version) => existsSync(join(installations, version, 'lib', 'wal2json.so')));
}

/**
 * Starts a PostgreSQL with the plugin wal2json, which the embedded ones do not have.
 *
 * @throws Error where none is installed; see {@link wal2jsonMajor}.
 */
export async function startPostgresWithWal2json(): Promise<PostgresServer> {
  const major = wal2jsonMajor();
  if (major === undefined) throw new Error('no PostgreSQL of this machine has the plugin wal2json');
  const programs = join(installations, major);
  const settings = { ...serverSettings, ...(await trustingWal2json(join(programs, 'bin', 'postgres'))) };
  return EmbeddedServer.create(Number(major), settings, {}, programs);
}

/** Newer minor versions load only plugins that a setting names; older ones do not know the setting. */
async function trustingWal2json(program: string): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)(program, ['--describe-config'], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.includes('output_plugin_libraries') ? { output_plugin_libraries: 'pgoutput, wal2json' } : {};
}
