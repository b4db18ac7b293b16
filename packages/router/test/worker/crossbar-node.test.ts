import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { readWorker } from '../../src/worker/read-worker.ts';
import { withAbsolutePaths } from '../../src/worker/relative-paths.ts';
import { type RunningWorker, startWorker } from '../../src/worker/start-worker.ts';
import { ValueClient } from '../support/value-client.ts';
import { WampClient } from '../support/wamp-client.ts';
import { connectTo, RawSocketWire } from '../support/wires.ts';

const EVERYTHING = { call: true, register: true, publish: true, subscribe: true };
const ENDPOINT = { type: 'tcp', port: '$CB_PORT', interface: '127.0.0.1' };
const BRIDGE = { realm: 'realm1', role: 'anonymous' };

/** A node as it is for Crossbar.io, with everything in it that the two have in common. */
const NODE = {
  version: 2,
  controller: {},
  workers: [
    {
      type: 'router',
      options: { pythonpath: ['..'] },
      realms: [
        {
          name: 'realm1',
          roles: [
            {
              name: 'anonymous',
              permissions: [
                {
                  uri: '',
                  match: 'prefix',
                  allow: EVERYTHING,
                  disclose: { caller: true, publisher: true },
                  cache: true,
                },
              ],
            },
          ],
        },
      ],
      transports: [
        {
          type: 'web',
          endpoint: ENDPOINT,
          paths: {
            '/': { type: 'static', directory: '../web' },
            ws: { type: 'websocket', options: { max_message_size: 67108864, auto_ping_interval: 10000 } },
            publish: { type: 'publisher', ...BRIDGE },
            call: { type: 'caller', ...BRIDGE },
          },
        },
        { type: 'rawsocket', endpoint: ENDPOINT, serializers: ['cbor', 'msgpack', 'json'] },
        { type: 'rawsocket', endpoint: { type: 'unix', path: 'router.sock' } },
      ],
    },
  ],
};

/** The node running in a folder of its own, where its files are. */
class RunningNode implements AsyncDisposable {
  readonly folder: string;
  #running: RunningWorker | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async start(): Promise<RunningNode> {
    const node = new RunningNode(await mkdtemp(join(tmpdir(), 'wamp-node-')));
    try {
      await node.#start();
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
  }

  get urls(): readonly string[] {
    return this.#running?.urls ?? [];
  }

  /** The address of the web transport, without a path. */
  get origin(): string {
    return `http://${new URL(this.urls[0] ?? '').host}`;
  }

  async post(path: string, body: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.close();
    await rm(this.folder, { recursive: true });
  }

  async #start(): Promise<void> {
    for (const name of ['web', '.crossbar']) await mkdir(join(this.folder, name));
    await writeFile(join(this.folder, 'web', 'index.html'), '<p>hello</p>');
    const worker = readWorker(NODE, { CB_PORT: '0' });
    this.#running = await startWorker(withAbsolutePaths(worker, join(this.folder, '.crossbar')), () => {});
  }
}

describe('Configuration of a Crossbar.io node', () => {
  it('runs unchanged: files, WebSocket and bridges on one port, RawSocket on others', async () => {
    await using node = await RunningNode.start();
    const [web = '', raw = '', unix = ''] = node.urls;
    expect(web).to.match(/^ws:\/\/127\.0\.0\.1:\d+\/ws$/);
    expect(raw).to.match(/^rs:\/\/127\.0\.0\.1:\d+$/);
    expect(unix).to.equal(`rs://unix:${join(node.folder, '.crossbar', 'router.sock')}`);
    expect(await (await fetch(node.origin)).text()).to.equal('<p>hello</p>');
    expect(await (await fetch(`${node.origin}/metrics`)).text()).to.include('wamp_router_retained_events 0');
  });

  it('connects clients of all its transports', async () => {
    await using node = await RunningNode.start();
    await using near = await WampClient.open(node.urls[0] ?? '');
    const wire = await RawSocketWire.open(await connectTo(node.urls[2] ?? ''), 'cbor');
    await using far = await ValueClient.join(wire, 'cbor');
    const subscription = await near.subscribe('com.example.', { match: 'prefix' });
    await near.register('com.example.add');
    const published = await node.post('/publish', { topic: 'com.example.topic', args: [1], kwargs: { a: 2 } });
    expect(published).to.have.property('id').that.is.a('number');
    const [, id, , details, ...payload] = await near.next();
    expect([id, payload]).to.eql([subscription, [[1], { a: 2 }]]);
    expect(details).to.include({ topic: 'com.example.topic', publisher_authrole: 'anonymous' });
    const called = far.request(48, {}, 'com.example.add', [1, new Uint8Array([1, 2])]);
    const [, invocation, , caller, args] = await near.next();
    expect(args).to.eql([1, '\u0000AQI=']);
    expect(caller).to.include({ caller_authrole: 'anonymous' });
    near.send([MessageType.YIELD, invocation, {}, args]);
    expect((await called)[3]).to.eql([1, new Uint8Array([1, 2])]);
  });
});
