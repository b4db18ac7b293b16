import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, waitFor } from '@pgwamp/harness';
import { WebSocket } from 'ws';
import { auth, realms } from './configuration.ts';
import type { RouterKind, RunningRouter } from './router.ts';

/** For when whoever started it is killed and cannot stop it. */
const secondsToLive = '600';

function nodeConfiguration(port: number, rawSocketPort: number) {
  const tcp = (on: number) => ({ type: 'tcp', port: on, interface: '127.0.0.1' });
  const webSocket = { type: 'websocket', options: { max_message_size: 2 ** 26 } };
  const web = {
    type: 'web',
    endpoint: tcp(port),
    paths: { '/': { type: 'json', value: {} }, ws: webSocket, auth: { ...webSocket, auth } },
  };
  const rawSocket = { type: 'rawsocket', endpoint: tcp(rawSocketPort), serializers: ['cbor', 'msgpack', 'json'] };
  return { version: 2, controller: {}, workers: [{ type: 'router', realms, transports: [web, rawSocket] }] };
}

async function openOnce(url: string): Promise<boolean> {
  const socket = new WebSocket(url, 'wamp.2.json');
  await once(socket, 'open');
  socket.terminate();
  return true;
}

async function launch(executable: string, folder: string) {
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
  const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'] });
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

/** Crossbar.io as it comes from PyPI, one node for everything. */
export async function startCrossbar(executable: string): Promise<RunningRouter> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'interop-crossbar-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const [port, rawSocketPort] = [await freePort(), await freePort()];
  await mkdir(join(folder, '.crossbar'));
  await writeFile(join(folder, '.crossbar', 'config.json'), JSON.stringify(nodeConfiguration(port, rawSocketPort)));
  const { stop, exited, output } = await launch(executable, join(folder, '.crossbar'));
  resources.defer(stop);
  const url = `ws://127.0.0.1:${port}/ws`;
  const ready = waitFor(() => openOnce(url), { what: 'Crossbar.io to listen', deadline: 40_000 });
  const gone = exited.then(() => Promise.reject(new Error(`Crossbar.io has ended:\n${output()}`)));
  await Promise.race([ready, gone]);
  gone.catch(() => {});
  const held = resources.move();
  return {
    address: { url, authUrl: `ws://127.0.0.1:${port}/auth`, rawSocketPort },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

export function crossbar(executable: string): RouterKind {
  return { name: 'Crossbar.io', start: () => startCrossbar(executable) };
}
