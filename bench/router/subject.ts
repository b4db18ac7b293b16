import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, freePort, startCrossbar, startProcess, waitFor } from '@pgwamp/harness';
import type { Answered } from './load/requests.ts';

const server = new URL('../processes/router-serve.ts', import.meta.url).pathname;
const generator = new URL('../processes/router-load.ts', import.meta.url).pathname;

/** Something that takes WebSockets, in a process of its own. */
export interface Subject extends AsyncDisposable {
  readonly url: string;
  /** Its URL for calls by HTTP, if it has one. */
  readonly bridge?: string;
}

/** Our router, maybe with an HTTP bridge for calls; or a server of `ws` that echoes messages, or one that only sends. */
export async function startSubject(
  options: { readonly echo?: boolean; readonly sender?: boolean; readonly bridge?: boolean } = {},
): Promise<Subject> {
  const process = await startProcess(server, { args: [JSON.stringify(options)] });
  const subject = (await process.waitFor((message) => 'url' in message)) as unknown as Subject;
  return { ...subject, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

/** Crossbar.io, with one router worker that has an HTTP bridge. */
export async function startControl(): Promise<Subject> {
  const port = await freePort();
  const allow = { call: true, register: true, publish: true, subscribe: true };
  const permissions = [{ uri: '', match: 'prefix', allow, disclose: { caller: false, publisher: false }, cache: true }];
  const realms = [{ name: 'realm1', roles: [{ name: 'anonymous', permissions }] }];
  const endpoint = { type: 'tcp', port, interface: '127.0.0.1' };
  const call = { type: 'caller', realm: 'realm1', role: 'anonymous' };
  const paths = { '/': { type: 'json', value: {} }, ws: { type: 'websocket' }, call };
  const node = await startCrossbar({ realms, transports: [{ type: 'web', endpoint, paths }] }, { port, path: 'ws' });
  return {
    url: `ws://127.0.0.1:${port}/ws`,
    bridge: `http://127.0.0.1:${port}/call`,
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

/** nexus, the fastest of the other routers. Its command is `nexusd`. */
export async function startNexus(executable: string): Promise<Subject> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-nexus-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const port = await freePort();
  const config = {
    // nexus drops events when the queue of a client is full; all loads of these benches fit into this one.
    websocket: { address: `127.0.0.1:${port}`, out_queue_size: 4096 },
    router: { realms: [{ uri: 'realm1', anonymous_auth: true, allow_disclose: true }] },
  };
  const file = join(folder, 'nexus.json');
  await writeFile(file, JSON.stringify(config));
  const child = spawn(executable, ['-c', file], { stdio: 'ignore' });
  stack.defer(async () => {
    child.kill();
    await once(child, 'close');
  });
  await waitFor(() => answers(port), { what: 'nexus to listen' });
  const all = stack.move();
  return { url: `ws://127.0.0.1:${port}/`, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Runs a load in a process of its own. */
export async function runLoad(load: object): Promise<Answered> {
  await using process = await startProcess(generator, { args: [JSON.stringify(load)] });
  const outcome = await process.waitFor({ done: true }, 120_000);
  return outcome as unknown as Answered;
}
