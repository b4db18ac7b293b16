import { type ProcessExit, type RunningProcess, startProcess, withDeadline } from '@pgwamp/harness';
import { program } from './command.ts';
import { createFolder, type Folder } from './folder.ts';

/** A node of a test. */
export interface RunningNode extends AsyncDisposable {
  readonly process: RunningProcess;
  readonly folder: Folder;
  /** Waits until everything works. */
  ready(): Promise<void>;
  /** The URL of a worker, once it listens. */
  url(worker: string): Promise<string>;
  /** The end of its process; fails if it does not end. */
  exit(): Promise<ProcessExit>;
  /** Replaces the configuration file. */
  rewrite(configuration: object): Promise<void>;
}

/** The options of a node to start. */
export interface NodeSettings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Further files of its folder `.crossbar`. */
  readonly files?: Readonly<Record<string, string | object>>;
  readonly args?: readonly string[];
}

/** Starts `pgwamp start` with a configuration, a value as JSON. */
export async function startNode(configuration: object | string, settings: NodeSettings = {}): Promise<RunningNode> {
  await using stack = new AsyncDisposableStack();
  const { env = {}, files = {}, args = [] } = settings;
  const inFolder = Object.entries(files).map(([name, content]) => [`.crossbar/${name}`, content]);
  const folder = stack.use(
    await createFolder({ '.crossbar/config.json': configuration, ...Object.fromEntries(inFolder) }),
  );
  const node = stack.use(await startProcess(program, { args: ['start', ...args], cwd: folder.path, env }));
  const kept = stack.move();
  return {
    process: node,
    folder,
    ready: async () => void (await node.waitFor({ msg: 'node is ready' })),
    async url(worker) {
      const { urls } = await node.waitFor((message) => message.worker === worker && Array.isArray(message.urls));
      return (urls as string[])[0] ?? '';
    },
    exit: () => withDeadline(node.exited, 30_000, `the node to end; its output:\n${node.output}`),
    rewrite: async (changed) => void (await folder.write('.crossbar/config.json', changed)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
