import { type DatabaseConfiguration, databaseLabel } from '@pgwamp/config';
import { fetchAdmin } from '../admin/admin-client.ts';
import type { ConsoleSource, ConsoleState } from './source.ts';

/**
 * The console's view of a node in another process, through its admin endpoint. The endpoint does not reveal passwords,
 * so only the content of the given databases is shown.
 *
 * @param address a URL, or the path of a unix socket.
 */
export function adminSource(address: string, databases: readonly DatabaseConfiguration[]): ConsoleSource {
  return {
    state: () => fetchAdmin<ConsoleState>(address, '/status'),
    databases: () => new Map(databases.map((database) => [databaseLabel(database), database])),
    async examine() {
      const { examine } = await import('../doctor/examine.ts');
      return examine(databases, undefined);
    },
  };
}
