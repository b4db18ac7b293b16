import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AllowedHosts } from '@pgwamp/config';
import { pino } from 'pino';
import { fetchAdmin, whereOf } from '../admin/admin-client.ts';
import { adminSource } from '../console/admin-source.ts';
import { closeConsole, createConsoleHttp } from '../console/console-http.ts';
import { ConsoleService } from '../console/console-service.ts';
import { openDatabaseSource } from '../console/database-source.ts';
import type { ConsoleSource } from '../console/source.ts';
import { ConsoleListenError } from '../errors.ts';
import type { DatabaseFlags } from './database-options.ts';
import { findDatabase } from './find-database.ts';
import { configuredAdmin } from './open-overview.ts';
import { untilSignal } from './until-signal.ts';

/** Flags of `pgwamp console`. */
export interface ConsoleFlags extends DatabaseFlags {
  readonly port: number;
  readonly realm: string;
  readonly topic?: readonly string[];
}

/**
 * Serves the console for the node with an admin endpoint, or for a database, until a signal ends it.
 *
 * @param target the admin endpoint; by default that of the configuration, unless a database is given.
 * @throws `AdminUnreachableError`, `NotInstalledError`, `ConsoleListenError`; errors of PostgreSQL.
 */
export async function runConsole(target: string | undefined, flags: ConsoleFlags): Promise<void> {
  const address = target ?? (flags.database === undefined ? await configuredAdmin(flags) : undefined);
  if (address === undefined) {
    await using source = await openDatabaseSource(await findDatabase(flags));
    await serve(source, flags);
    return;
  }
  await fetchAdmin(address, '/status');
  if (await servesConsole(address)) {
    print(`The node already serves its console: open ${new URL('/console/', address)}`);
    return;
  }
  const databases = flags.database === undefined ? [] : [await findDatabase(flags)];
  await serve(adminSource(address, databases), flags);
}

async function serve(source: ConsoleSource, { port, realm, topic: topics = [] }: ConsoleFlags): Promise<void> {
  const options = { realm, topics: [...topics], writes: false };
  const service = new ConsoleService(
    source,
    options,
    pino({ level: 'warn' }, pino.destination(2)),
    new AllowedHosts(undefined),
  );
  const server = createConsoleHttp(service);
  try {
    await listen(server, port);
    print(`Open http://127.0.0.1:${(server.address() as AddressInfo).port}/console/. It is read-only. Ctrl-C ends it.`);
    await untilSignal(new Promise(() => undefined));
  } finally {
    await closeConsole(server, service);
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ConsoleListenError(port, error as Error);
  }
}

/** Whether a browser can open the page on the node itself. */
async function servesConsole(address: string): Promise<boolean> {
  if (!address.startsWith('http')) return false;
  const asked = request({ ...whereOf(address), path: '/console/' }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode === 200;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
