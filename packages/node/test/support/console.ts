import { freePort, type TestDatabase } from '@pgwamp/harness';
import { node, routerWorker, sideBySide } from './configurations.ts';
import { type RunningNode, startNode } from './running-node.ts';

/** A node with its console. */
export interface NodeWithConsole extends AsyncDisposable {
  readonly node: RunningNode;
  /** The URL of the page, with a trailing slash. */
  readonly url: string;
  /** Asks the console as a page of its own origin does. */
  ask(path: string, request?: RequestInit): Promise<Response>;
}

/** Starts a node with a router and components on a database, whose console is configured so. */
export async function startWithConsole(
  database: TestDatabase,
  options: object,
  classnames: readonly string[] = ['pgwamp.Publisher'],
): Promise<NodeWithConsole> {
  const port = await freePort();
  const admin = { endpoint: { type: 'tcp', port }, console: options };
  const components = classnames.map((classname) => sideBySide(classname, database));
  const running = await startNode(node([routerWorker({ components })], { admin }));
  await running.ready();
  const origin = `http://127.0.0.1:${port}`;
  return {
    node: running,
    url: `${origin}/console/`,
    ask: (path, request = {}) =>
      fetch(`${origin}/console/${path}`, {
        ...request,
        headers: { origin, 'content-type': 'application/json', ...request.headers },
      }),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
