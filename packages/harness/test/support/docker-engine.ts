import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, json } from 'node:stream/consumers';

/** A container: its command is a process of this machine. */
interface Container {
  readonly command: readonly string[];
  readonly bindings: Readonly<Record<string, readonly { readonly HostPort: string }[]>>;
  child: ChildProcess | undefined;
  log: string;
}

interface ContainerOptions {
  readonly Cmd: readonly string[];
  readonly HostConfig: { readonly PortBindings: Container['bindings'] };
}

/** A server with the calls of the Docker Engine API that tests need, on a Unix socket. */
export interface DockerEngine extends AsyncDisposable {
  /** The value of `DOCKER_HOST`. */
  readonly address: string;
  /** The containers that exist. */
  readonly containers: ReadonlyMap<string, unknown>;
  /** The number of containers that were created. */
  readonly created: number;
}

/**
 * Starts an engine.
 *
 * @param images - the images that it has, or can download
 */
export async function startDockerEngine(images: readonly string[]): Promise<DockerEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-docker-'));
  const containers = new Map<string, Container>();
  const executed = new Map<string, readonly string[]>();
  let created = 0;

  const find = (id = ''): Container => {
    const container = containers.get(id);
    if (!container) throw new Error(`no such container: ${id}`);
    return container;
  };
  const isRunning = ({ child }: Container) =>
    child !== undefined && child.exitCode === null && child.signalCode === null;
  const end = async (container: Container, signal: NodeJS.Signals) => {
    if (!container.child || !isRunning(container)) return;
    const gone = once(container.child, 'exit');
    container.child.kill(signal);
    await gone;
  };

  type Answer = (found: string, request: IncomingMessage) => unknown;
  const calls: Readonly<Record<string, Answer>> = {
    'GET /_ping': () => 'OK',
    'GET /info': () => ({ ServerVersion: '28', OperatingSystem: 'test', OSType: 'linux', Architecture: 'x86_64' }),
    'GET /images/(.+)/json': (image) => {
      if (!images.includes(decodeURIComponent(image))) throw new Error(`no such image: ${image}`);
      return { Config: {} };
    },
    'POST /images/create': () => {
      throw new Error('dial tcp: lookup registry-1.docker.io: no such host');
    },
    'GET /containers/json': () => [],
    async 'POST /containers/create'(_, request) {
      const { Cmd, HostConfig } = (await json(request)) as ContainerOptions;
      created += 1;
      const bindings = HostConfig.PortBindings;
      containers.set(`c${created}`, { command: Cmd, bindings, child: undefined, log: '' });
      return { Id: `c${created}` };
    },
    async 'PUT /containers/(.+)/archive'(_, request) {
      const tar = execFile('tar', ['-x', '-P', '-C', '/']);
      const ended = once(tar, 'exit');
      tar.stdin?.end(await buffer(request));
      await ended;
    },
    async 'POST /containers/(.+)/start'(id) {
      const container = find(id);
      const [program = '', ...args] = container.command;
      const child = spawn(program, args);
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (data) => {
          container.log += data;
        });
      }
      container.child = child;
      await once(child, 'spawn');
    },
    'GET /containers/(.+)/json'(id) {
      const container = find(id);
      const State = { Running: isRunning(container), StartedAt: '', FinishedAt: '', Status: '' };
      const bound = Object.entries(container.bindings).map(([port, [binding]]) => [port, [{ ...binding, HostIp: '' }]]);
      const NetworkSettings = { Ports: Object.fromEntries(bound), Networks: {} };
      return { Id: id, Name: id, Config: { Labels: {}, Hostname: id }, State, NetworkSettings, HostConfig: {} };
    },
    'POST /containers/(.+)/kill': (id) => end(find(id), 'SIGKILL'),
    'POST /containers/(.+)/stop': (id) => end(find(id), 'SIGTERM'),
    'POST /containers/(.+)/wait': () => ({ StatusCode: 0 }),
    'GET /containers/(.+)/logs': (id) => asStream(find(id).log),
    async 'DELETE /containers/(.+)'(id) {
      await end(find(id), 'SIGKILL');
      containers.delete(id);
    },
    async 'POST /containers/(.+)/exec'(_, request) {
      const { Cmd } = (await json(request)) as ContainerOptions;
      executed.set(`e${executed.size}`, Cmd);
      return { Id: `e${executed.size - 1}` };
    },
    'POST /exec/(.+)/start': (id) => asStream(executed.get(id)?.join(' ') ?? ''),
    'GET /exec/(.+)/json': (id) => ({ ExitCode: executed.get(id)?.includes('fail') ? 1 : 0 }),
  };

  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
    for (const [call, work] of Object.entries(calls)) {
      const found = new RegExp(`^${call}$`).exec(`${request.method} ${path}`);
      if (!found) continue;
      try {
        const result = await work(found[1] ?? '', request);
        const isText = typeof result === 'string' || Buffer.isBuffer(result);
        response.writeHead(200).end(isText ? result : JSON.stringify(result));
      } catch (error) {
        const { message } = error as Error;
        response.writeHead(message.startsWith('no such') ? 404 : 500).end(JSON.stringify({ message }));
      }
      return;
    }
    response.writeHead(501).end(JSON.stringify({ message: `this engine does not know ${request.method} ${path}` }));
  }
  const socket = join(folder, 'docker.sock');
  await once(server.listen(socket), 'listening');
  return {
    address: `unix://${socket}`,
    containers,
    get created() {
      return created;
    },
    async [Symbol.asyncDispose]() {
      for (const container of containers.values()) await end(container, 'SIGKILL');
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Standard output in the frames of the API. */
function asStream(text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}
