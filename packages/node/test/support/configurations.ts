import type { TestDatabase } from '@pgwamp/harness';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';

const everything = { call: true, register: true, publish: true, subscribe: true };

/** A router worker on a free port, with a realm where anonymous users may do everything. */
export function routerWorker(more: object = {}): object {
  return {
    type: 'router',
    realms: [
      {
        name: 'realm1',
        roles: [{ name: 'anonymous', permissions: [{ uri: '', match: 'prefix', allow: everything }] }],
      },
    ],
    transports: [
      {
        type: 'web',
        endpoint: { type: 'tcp', interface: '127.0.0.1', port: 0 },
        paths: { ws: { type: 'websocket' } },
      },
    ],
    ...more,
  };
}

/** A node with these workers. */
export function node(workers: readonly object[], controller: object = {}): object {
  return { version: 2, controller, workers };
}

/** A component in the process of a router. */
export function sideBySide(classname: string, database: TestDatabase, more: object = {}): object {
  return {
    type: 'class',
    classname,
    realm: 'realm1',
    role: 'anonymous',
    extra: { database: databaseOf(database), ...more },
  };
}

/** A component in a process of its own, which connects to a router. */
export function container(classname: string, database: TestDatabase, transport: object, realm = 'realm1'): object {
  const component = { type: 'class', classname, realm, transport, extra: { database: databaseOf(database) } };
  return { type: 'container', components: [component] };
}

/** The connection options of role crossbar, as in a configuration. */
function databaseOf(database: TestDatabase): object {
  const { host, port, user, password } = crossbarLogin(database);
  return { host, port, database: database.name, user, password };
}
