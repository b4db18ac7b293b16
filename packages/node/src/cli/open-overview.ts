import { Connection } from '@pgwamp/core/internal/postgres';
import { adminAddress } from '../admin/admin-client.ts';
import { overviewFromAdmin } from '../overview/from-admin.ts';
import { overviewFromDatabase, placeOf } from '../overview/from-database.ts';
import type { Overview } from '../overview/overview.ts';
import type { DatabaseFlags } from './database-options.ts';
import { findDatabase } from './find-database.ts';
import { readNodeIfAny } from './node-options.ts';

/** Where an overview comes from, again and again. */
export interface OverviewSource extends AsyncDisposable {
  look(): Promise<Overview>;
}

/**
 * The admin endpoint that the command line or the configuration names; if it names none, or a database, that.
 *
 * @throws `CommandError` if nothing names either; `DatabaseLostError`
 */
export async function openOverview(flags: DatabaseFlags & { readonly admin?: string }): Promise<OverviewSource> {
  const address = flags.admin ?? (flags.database === undefined ? await configuredAdmin(flags) : undefined);
  if (address !== undefined) {
    return { look: () => overviewFromAdmin(address), [Symbol.asyncDispose]: async () => undefined };
  }
  const database = await findDatabase(flags);
  const connection = await Connection.open(database, 'pgwamp top');
  return {
    look: () => overviewFromDatabase(connection, placeOf(database)),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** The address of the admin endpoint of the configuration, if there is a configuration, and if it has one. */
export async function configuredAdmin(flags: DatabaseFlags): Promise<string | undefined> {
  const configuration = await readNodeIfAny(flags);
  return configuration?.node.controller.admin && adminAddress(configuration);
}
