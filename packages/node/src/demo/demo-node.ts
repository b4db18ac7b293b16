import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResourceStack } from '@pgwamp/core/internal/component';
import { readNode } from '../configuration/read-node.ts';
import { openLog } from '../supervisor/log.ts';
import { NodeHost } from '../supervisor/node-host.ts';
import { freePort } from './free-port.ts';

/** The realm of the shop. */
export const realm = 'realm1';

/** The pause in milliseconds before a killed worker is restarted: long enough to be seen. */
const absence = 3000;

/** The login of the components. */
interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** The node of the demo, like one of `pgwamp start`. */
export interface DemoNode extends AsyncDisposable {
  readonly host: NodeHost;
  /** The WebSocket address of its router. */
  readonly routerUrl: string;
}

/**
 * Starts a node with a router, Callee, Subscriber and Caller in one process, and a Publisher in another one, which can
 * be killed.
 *
 * @throws `WorkerFailedError` if one of them cannot be started.
 */
export async function startDemoNode(database: Login): Promise<DemoNode> {
  const resources = new ResourceStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'pgwamp-demo-node-'));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    const port = await freePort();
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(configuration(port, database), null, 2));
    const host = new NodeHost(await readNode(file), await openLog('pretty', 'warn'));
    resources.defer(() => host.stop());
    await host.start();
    const stack = resources.move();
    const routerUrl = `ws://127.0.0.1:${port}/ws`;
    return { host, routerUrl, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

function configuration(port: number, database: Login): object {
  const everything = { call: true, register: true, publish: true, subscribe: true };
  const beside = (classname: string) => ({ type: 'class', classname, realm, role: 'anonymous', extra: { database } });
  const publisher = {
    type: 'class',
    classname: 'pgwamp.Publisher',
    realm,
    transport: { type: 'websocket', url: `ws://127.0.0.1:${port}/ws` },
    extra: { database },
  };
  return {
    version: 2,
    controller: { options: { restart: { first: absence, longest: absence, attempts: 1000 } } },
    workers: [
      {
        type: 'router',
        id: 'router',
        realms: [
          {
            name: realm,
            roles: [{ name: 'anonymous', permissions: [{ uri: '', match: 'prefix', allow: everything }] }],
          },
        ],
        transports: [
          {
            type: 'web',
            endpoint: { type: 'tcp', interface: '127.0.0.1', port },
            paths: { ws: { type: 'websocket' } },
          },
        ],
        components: ['pgwamp.Callee', 'pgwamp.Subscriber', 'pgwamp.Caller'].map(beside),
      },
      { type: 'container', id: 'publisher', components: [publisher] },
    ],
  };
}
