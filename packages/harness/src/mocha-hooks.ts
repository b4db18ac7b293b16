import { randomBytes } from 'node:crypto';
import { closeSharedBrowser } from './browser/shared-browser.ts';
import { lendCrossbar } from './crossbar/crossbar-router.ts';
import { GivenServer } from './postgres/given-server.ts';
import { runFolder } from './postgres/run-folder.ts';
import { lendServers, type ServerLender } from './postgres/server-lender.ts';
import { lenderVariable } from './postgres/shared-postgres.ts';
import { runVariable } from './postgres/test-database.ts';

let lender: ServerLender | undefined;
let crossbar: AsyncDisposable | undefined;

/** Runs before all tests of a run, in mocha's main process; child processes inherit its environment. */
export async function mochaGlobalSetup(): Promise<void> {
  runFolder();
  lender = await lendServers();
  process.env[lenderVariable] = String(lender.port);
  process.env[runVariable] = randomBytes(3).toString('hex');
  if (process.env.TEST_ROUTER === 'crossbar') crossbar = await lendCrossbar();
}

/** Runs after all tests of a run. */
export async function mochaGlobalTeardown(): Promise<void> {
  // Those of worker processes end with them.
  await closeSharedBrowser();
  await lender?.[Symbol.asyncDispose]();
  await crossbar?.[Symbol.asyncDispose]();
  const given = process.env.TEST_DATABASE_URL;
  if (given) await (await GivenServer.create(given)).dropDatabasesOfRun();
}
