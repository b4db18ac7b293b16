import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { freePort, waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { AdminServer } from '../../src/admin/admin-server.ts';
import { readNode } from '../../src/configuration/read-node.ts';
import type { ClientLimits } from '../../src/console/console-http.ts';
import { openLog } from '../../src/supervisor/log.ts';
import { NodeHost } from '../../src/supervisor/node-host.ts';
import { createFolder } from '../support/folder.ts';

/** The admin endpoint of a node whose worker is not started, with a console. */
async function openAdmin(limits: Partial<ClientLimits>) {
  await using stack = new AsyncDisposableStack();
  const port = await freePort();
  const admin = { endpoint: { type: 'tcp', interface: '127.0.0.1', port }, console: { password: 'right' } };
  const workers = [{ type: 'guest', executable: 'true' }];
  const folder = stack.use(await createFolder());
  const configuration = await readNode(
    await folder.write('config.json', { version: 2, controller: { admin }, workers }),
  );
  const log = await openLog('json', 'error', { write: () => undefined });
  const server = stack.use(new AdminServer(new NodeHost(configuration, log), log.logger, limits));
  await server.listen(configuration.node.controller.admin);
  const kept = stack.move();
  return { port, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A connection, and everything that the server has answered until it has closed it. */
async function open(port: number): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  // An attacker goes on writing.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return { socket, answer: withDeadline(closed, 10_000, 'the server to close the connection').then(() => text) };
}

/** Writes a text byte by byte, without end, until the connection is closed. */
function dribble(socket: Socket, text: string): void {
  let index = 0;
  const timer = setInterval(() => socket.write(text[index++ % text.length] ?? ''), 20);
  socket.once('close', () => clearInterval(timer));
}

const post = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

const live = async (port: number) => (await fetch(`http://127.0.0.1:${port}/live`, { keepalive: false })).status;

/** A client that goes on writing may receive a reset instead of the answer. */
const timeout = /^(HTTP\/1\.1 408 |$)/;

describe('Console: slow clients', () => {
  it('are disconnected if they send nothing, or their headers or body byte by byte, and others are answered', async () => {
    await using admin = await openAdmin({ timeout: 400 });
    const { port } = admin;
    const silent = await open(port);
    const slowHeaders = await open(port);
    slowHeaders.socket.write('GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    dribble(slowHeaders.socket, 'X-A: b\r\n');
    const slowBodies = await Promise.all(
      ['/console/api/session', '/console/api/action', '/live'].map(() => open(port)),
    );
    for (const [index, path] of ['/console/api/session', '/console/api/action', '/console/'].entries()) {
      slowBodies[index]?.socket.write(post(path, 60_000));
      dribble(slowBodies[index]?.socket as Socket, ' ');
    }
    expect(await live(port)).to.equal(200);
    expect(await slowHeaders.answer).to.match(timeout);
    expect(await silent.answer).to.match(timeout);
    const [session, action, page] = await Promise.all(slowBodies.map(({ answer }) => answer));
    expect(session).to.match(timeout);
    // A client that is not signed in, or asks for a page that takes no body, has the answer before.
    expect(action).to.match(/^(HTTP\/1\.1 401 |$)/);
    expect(page).to.match(/^(HTTP\/1\.1 405 |$)/);
    expect(await live(port)).to.equal(200);
  });

  it('are disconnected beyond the limit of connections of one address', async () => {
    await using admin = await openAdmin({ maxConnectionsPerAddress: 3 });
    const { port } = admin;
    const kept = [await open(port), await open(port), await open(port)];
    expect(await (await open(port)).answer).to.equal('');
    for (const { socket } of kept) socket.destroy();
    await waitFor(async () => (await live(port).catch(() => 0)) === 200, { what: 'a connection to be accepted again' });
  });
});
