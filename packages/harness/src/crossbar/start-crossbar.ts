import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../repository-root.ts';
import { waitFor } from '../wait-for.ts';

/** The folder of Crossbar.io's programs, as installed by `npm run crossbar`. */
const programs = join(repositoryRoot, '.cache', 'crossbar', 'bin');

/** Ends it if the process that started it is killed and cannot stop it. */
const secondsToLive = '900';

/** The used parts of a Crossbar.io router worker's configuration. */
export interface CrossbarWorker {
  readonly realms: readonly object[];
  readonly transports: readonly object[];
}

/** The Python interpreter with Crossbar.io and Autobahn|Python. */
export const crossbarPython = join(programs, 'python');

async function launch(folder: string, env: NodeJS.ProcessEnv) {
  const args = [
    'start',
    '--cbdir',
    folder,
    '--color',
    'false',
    '--loglevel',
    'error',
    '--shutdownafter',
    secondsToLive,
  ];
  const child = spawn(join(programs, 'crossbar'), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { stop, exited, output: () => output };
}

/** Its ports are open a moment before it can complete a handshake, so this performs one. */
async function shakesHands(port: number, path: string): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    const key = Buffer.alloc(16).toString('base64');
    socket.write(
      `GET /${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: wamp.2.json\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const [answer] = await once(socket, 'data');
    return String(answer).startsWith('HTTP/1.1 101');
  } finally {
    socket.destroy();
  }
}

/** A WebSocket port and path of the node, used to check whether it is ready. */
export interface CrossbarProbe {
  readonly port: number;
  readonly path: string;
}

/**
 * Starts a Crossbar.io node with one router worker. Disposing of it stops it.
 *
 * @throws Error if Crossbar.io is not installed or exits
 */
export async function startCrossbar(worker: CrossbarWorker, webSocket: CrossbarProbe): Promise<AsyncDisposable> {
  const node = { version: 2, controller: {}, workers: [{ type: 'router', ...worker }] };
  return startCrossbarNode({ '.crossbar/config.json': JSON.stringify(node) }, webSocket);
}

/**
 * Starts a Crossbar.io node.
 *
 * @param files the files of its folder by path, including `.crossbar/config.json`
 * @param env additional environment variables
 * @throws Error if Crossbar.io is not installed or exits
 */
export async function startCrossbarNode(
  files: Readonly<Record<string, string>>,
  webSocket: CrossbarProbe,
  env: NodeJS.ProcessEnv = {},
): Promise<AsyncDisposable> {
  if (!existsSync(programs)) throw new Error('Crossbar.io is not installed; `npm run crossbar` does that');
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'crossbar-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { stop, exited, output } = await launch(join(folder, '.crossbar'), env);
  resources.defer(stop);
  const gone = exited.then(() => Promise.reject(new Error(`Crossbar.io has ended:\n${output()}`)));
  gone.catch(() => {});
  const probe = () => shakesHands(webSocket.port, webSocket.path);
  await Promise.race([waitFor(probe, { what: 'Crossbar.io to take a WebSocket', deadline: 120_000 }), gone]);
  return resources.move();
}
