import { type DatabaseConfiguration, databaseLabel } from '@pgwamp/config';
import { fetchAdmin } from '../admin/admin-client.ts';
import type { EffectiveValue } from '../configuration/effective.ts';
import { noRouter, type RouterTarget } from './router-target.ts';
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
    async findRouter(realm, { workers }) {
      const own = workers.flatMap(({ urls = [] }) => urls).find((url) => url.startsWith('ws://'));
      if (own !== undefined) return { url: own };
      return routerOfComponent(await fetchAdmin<readonly EffectiveValue[]>(address, '/config'), realm);
    },
    async examine() {
      const { examine } = await import('../doctor/examine.ts');
      return examine(databases, undefined);
    },
  };
}

/** The router that a component of the realm connects to by WebSocket, according to the configuration of its node. */
function routerOfComponent(values: readonly EffectiveValue[], realm: string): RouterTarget {
  const at = (path: string) => values.find((one) => one.path === path)?.value;
  const realms = values.filter(({ path }) => /^workers\[\d+\]\.components\[\d+\]\.realm$/.test(path));
  for (const { path, value } of realms) {
    const url = at(path.replace(/realm$/, 'transport.url'));
    if (value === realm && typeof url === 'string') return { url };
  }
  return { problem: noRouter(realm, [...new Set(realms.map(({ value }) => String(value)))]) };
}
