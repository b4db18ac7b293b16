import { databaseLabel } from '@pgwamp/config';
import { databasesOf } from '../configuration/databases.ts';
import { type NodeHost, withoutMetrics } from '../supervisor/node-host.ts';
import { findRouterTarget } from './router-target.ts';
import type { ConsoleSource } from './source.ts';

/** The console's view of the node in this process. */
export function nodeSource(host: NodeHost): ConsoleSource {
  return {
    state: async () => withoutMetrics(await host.status()),
    databases() {
      const databases = databasesOf(host.configuration.node);
      return new Map(databases.map((database) => [databaseLabel(database), database]));
    },
    findRouter: (realm, { workers }) => findRouterTarget(host.configuration.node, workers, realm),
    async examine() {
      const { examine } = await import('../doctor/examine.ts');
      return examine([...this.databases().values()], host.configuration);
    },
    listSessions: (realm, search) => host.listSessions(realm, search),
    closeSession: (worker, realm, session, message) => host.closeSession(worker, realm, session, message),
    findPublications: (keys) => host.findPublications(keys),
  };
}
