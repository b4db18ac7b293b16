import { freePort, startCrossbar, startProcess } from '@pgwamp/harness';
import type { Answered } from './load/requests.ts';

const server = new URL('../processes/router-serve.ts', import.meta.url).pathname;
const generator = new URL('../processes/router-load.ts', import.meta.url).pathname;

/** Something that takes WebSockets, in a process of its own. */
export interface Subject extends AsyncDisposable {
  readonly url: string;
  /** Where it takes calls by HTTP, if it does. */
  readonly bridge?: string;
}

/** Our router, maybe with an HTTP bridge to call by, or a server of `ws` that sends back what it gets. */
export async function startSubject(
  options: { readonly echo?: boolean; readonly bridge?: boolean } = {},
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

/** Runs a load in a process of its own. */
export async function runLoad(load: object): Promise<Answered> {
  await using process = await startProcess(generator, { args: [JSON.stringify(load)] });
  const outcome = await process.waitFor({ done: true }, 120_000);
  return outcome as unknown as Answered;
}
