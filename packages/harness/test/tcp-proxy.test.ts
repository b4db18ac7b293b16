import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { startTcpProxy, type TcpProxy, waitFor } from '../src/index.ts';

/** A server that sends back what it gets, in upper case. */
async function startEcho() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const dispose = async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { host: '127.0.0.1', port, sockets, [Symbol.asyncDispose]: dispose };
}

async function openClient(proxy: TcpProxy) {
  const socket = connect(proxy.port, proxy.host);
  socket.setEncoding('utf8');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const ask = async (text: string) => {
    socket.write(text);
    const [answer] = await once(socket, 'data');
    return answer;
  };
  return Object.assign(socket, { ask, [Symbol.dispose]: () => socket.destroy() });
}

describe('TcpProxy', () => {
  it('forwards and counts bytes and connections', async () => {
    await using echo = await startEcho();
    await using proxy = await startTcpProxy(echo);
    using client = await openClient(proxy);
    expect(await client.ask('abc')).to.equal('ABC');
    expect(proxy.bytes).to.deep.equal({ toTarget: 3, toClient: 3 });
    expect(proxy.connections).to.equal(1);
    client.end();
    await waitFor(() => proxy.connections === 0, { what: 'the connection to end' });
  });

  it('cuts both sides', async () => {
    await using echo = await startEcho();
    await using proxy = await startTcpProxy(echo);
    using client = await openClient(proxy);
    await client.ask('abc');
    const closed = [once(client, 'close'), ...echo.sockets.map((socket) => once(socket, 'close'))];
    proxy.cut();
    await Promise.all(closed);
    using second = await openClient(proxy);
    expect(await second.ask('again')).to.equal('AGAIN');
  });

  it('swallows: existing and new connections stay open and silent, until new ones are forwarded again', async () => {
    await using echo = await startEcho();
    await using proxy = await startTcpProxy(echo);
    using before = await openClient(proxy);
    await before.ask('abc');
    proxy.swallow();
    using during = await openClient(proxy);
    before.write('lost');
    during.write('lost');
    await waitFor(() => proxy.connections === 2, { what: 'the second connection' });
    await proxy.resume();

    using after = await openClient(proxy);
    expect(await after.ask('new')).to.equal('NEW');
    expect(proxy.bytes.toTarget).to.equal('abc'.length + 'new'.length);
    expect([before.destroyed, during.destroyed, echo.sockets[0]?.destroyed]).to.deep.equal([false, false, false]);
    before.resetAndDestroy();
    await waitFor(() => proxy.connections === 2, { what: 'the proxy to see the client go' });
    expect(echo.sockets[0]?.destroyed, 'the target learns nothing of a swallowed client').to.equal(false);
    const closed = echo.sockets[0] && once(echo.sockets[0], 'close');
    proxy.cut();
    await closed;
  });

  it('swallows only connections that begin with certain bytes', async () => {
    await using echo = await startEcho();
    await using proxy = await startTcpProxy(echo);
    using meant = await openClient(proxy);
    using other = await openClient(proxy);
    await Promise.all([meant.ask('abc'), other.ask('def')]);
    expect(proxy.swallowOnly((opening) => opening.includes('b'))).to.equal(1);
    meant.write('lost');
    expect(await other.ask('ghi')).to.equal('GHI');
    using later = await openClient(proxy);
    expect(await later.ask('abc')).to.equal('ABC');
    expect(proxy.bytes.toTarget).to.equal('abcdefghiabc'.length);
  });

  it('refuses, and accepts again on the same port', async () => {
    await using echo = await startEcho();
    await using proxy = await startTcpProxy(echo);
    using open = await openClient(proxy);
    await open.ask('abc');
    proxy.refuse();
    const refused = await openClient(proxy).catch((error: NodeJS.ErrnoException) => error.code);
    expect(refused).to.equal('ECONNREFUSED');
    expect(await open.ask('still here')).to.equal('STILL HERE');
    await proxy.resume();
    using again = await openClient(proxy);
    expect(await again.ask('back')).to.equal('BACK');
  });
});
