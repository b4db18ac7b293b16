import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { AddressLimits } from '../../src/index.ts';

/** A server of which each address may have one connection, and all together three. */
async function serve() {
  const limits = new AddressLimits(3, 1);
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (!socket.destroyed) accepted.push(socket);
  });
  limits.guard(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  /** A connection from an address, which the server has seen. */
  const open = async (localAddress: string) => {
    const seen = once(server, 'connection');
    const socket = connect({ port, host: '127.0.0.1', localAddress }).resume();
    socket.on('error', () => undefined);
    await seen;
    return { socket };
  };
  return { limits, accepted, open, [Symbol.asyncDispose]: async () => void server.close() };
}

describe('Connections of an address', () => {
  it('are limited, and counted until either end closes them', async () => {
    await using stage = await serve();
    const { limits, accepted, open } = stage;
    for (let round = 1; round <= 10; round++) {
      const first = await open('127.0.0.2');
      expect(accepted.length).to.equal(round);
      const second = await open('127.0.0.2');
      await waitFor(() => second.socket.destroyed, { what: 'the second connection to be closed' });
      expect(accepted.length).to.equal(round);
      const inside = accepted.at(-1) as Socket;
      if (round % 2 === 0) inside.destroy();
      else first.socket.destroy();
      await waitFor(() => limits.total === 0, { what: 'the connection to be forgotten' });
    }
  });

  it('are limited in total', async () => {
    await using stage = await serve();
    const opened = [];
    for (const last of [2, 3, 4]) opened.push(await stage.open(`127.0.0.${last}`));
    const fourth = await stage.open('127.0.0.5');
    await waitFor(() => fourth.socket.destroyed, { what: 'the fourth connection to be closed' });
    expect(stage.limits.total).to.equal(3);
    for (const { socket } of opened) socket.destroy();
  });
});
