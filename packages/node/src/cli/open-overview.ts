import { Connection } from '@pgwamp/core/internal/postgres';
import { adminAddress } from '../admin/admin-client.ts';
import { overviewFromAdmin } from '../overview/from-admin.ts';
import { overviewFromDatabase, placeOf } from '../overview/from-database.ts';
import type { Overview } from '../overview/overview.ts';
import type { DatabaseFlags } from './database-options.ts';
import { findDatabase } from './find-database.ts';
import { readNodeIfAny } from './node-options.ts';

/** A source of overviews that can be read repeatedly. */
export interface OverviewSource extends AsyncDisposable {
  look(): Promise<Overview>;
}

/**
 * Opens the admin endpoint given on the command line or in the configuration; without one, the database.
 *
 * @throws `CommandError` if there is neither; `DatabaseLostError`
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

/** The address of the admin endpoint in the configuration, if there is one. */
export async function configuredAdmin(flags: DatabaseFlags): Promise<string | undefined> {
  const configuration = await readNodeIfAny(flags);
  return configuration?.node.controller.admin && adminAddress(configuration);
}
