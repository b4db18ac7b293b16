import { freePort, startCrossbar } from '@pgwamp/harness';
import { auth, realms } from './configuration.ts';
import type { RouterKind, RunningRouter } from './router.ts';

function transports(port: number, rawSocketPort: number) {
  const tcp = (on: number) => ({ type: 'tcp', port: on, interface: '127.0.0.1' });
  const webSocket = { type: 'websocket', options: { max_message_size: 2 ** 26 } };
  const paths = { '/': { type: 'json', value: {} }, ws: webSocket, auth: { ...webSocket, auth } };
  const rawSocket = { type: 'rawsocket', endpoint: tcp(rawSocketPort), serializers: ['cbor', 'msgpack', 'json'] };
  return [{ type: 'web', endpoint: tcp(port), paths }, rawSocket];
}

async function start(): Promise<RunningRouter> {
  const [port, rawSocketPort] = [await freePort(), await freePort()];
  const worker = { realms, transports: transports(port, rawSocketPort) };
  const node = await startCrossbar(worker, { port, path: 'ws' });
  return {
    address: { url: `ws://127.0.0.1:${port}/ws`, authUrl: `ws://127.0.0.1:${port}/auth`, rawSocketPort },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

/** Crossbar.io as it comes from PyPI, one node for everything. */
export const crossbar: RouterKind = { name: 'Crossbar.io', start };
