import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Frame } from '@pgwamp/protocol';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import { RawSocketTransport } from '../../src/transports/rawsocket.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { ServerWebSocket, WebSocketTransport } from '../../src/transports/websocket.ts';
import { within } from '../support/deadline.ts';

const times = { pingInterval: 0, pingTimeout: 1, closeTimeout: 1000 };

/** As one that is longer than the longest buffer. */
class UnwritableFrame extends Frame {
  override size(): never {
    throw new RangeError('Array buffer allocation failed');
  }
}

async function listening() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

const kinds: Record<string, () => Promise<{ transport: Transport; client: Promise<unknown>; end(): void }>> = {
  async RawSocket() {
    const { server, port } = await listening();
    const client = connect(port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const transport = new RawSocketTransport(socket, { binary: false, maxReceived: 1000, maxSent: 1000 }, times);
    return { transport, client: once(client.resume(), 'close'), end: () => server.close() };
  },
  async WebSocket() {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', WebSocket: ServerWebSocket });
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
    const [webSocket, { socket }] = (await once(server, 'connection')) as [ServerWebSocket, { socket: Socket }];
    const terms = { binary: false, batching: undefined, reading: { masked: true, maxLength: 1000 } };
    const transport = new WebSocketTransport(webSocket, socket, terms, times);
    return { transport, client: once(client, 'close'), end: () => server.close() };
  },
};

describe('Frame that cannot be written', () => {
  for (const [name, open] of Object.entries(kinds)) {
    it(`closes its own connection, without an exception for the sender: ${name}`, async () => {
      const { transport, client, end } = await open();
      const closed = new Promise<[number, string]>((resolve) => {
        transport.onclose = (code, reason) => resolve([code, reason]);
      });
      transport.send(new UnwritableFrame('[36,1,2,{}]'));
      const [code, reason] = await within(closed, 'the connection to close');
      expect(code).to.equal(1009);
      expect(reason).to.include('Array buffer allocation failed');
      await within(client, 'the client to see it');
      end();
    });
  }
});
