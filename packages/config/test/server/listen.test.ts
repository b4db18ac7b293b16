import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { listen, listeningText, listenProblem } from '../../src/index.ts';

/** A path for a unix socket in a folder of its own. */
async function socketPath() {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-'));
  return { path: join(folder, 'socket'), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe('Listening server', () => {
  it('replaces a Unix socket that a killed process has left', async () => {
    await using stage = await socketPath();
    const { path } = stage;
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).to.equal('SIGKILL');
    await using server = createServer();
    await listen(server, { type: 'unix', path });
    expect(server.address()).to.equal(path);
  });

  it('keeps a Unix socket of a listening process', async () => {
    await using stage = await socketPath();
    const { path } = stage;
    await using first = createServer((socket) => socket.destroy());
    await listen(first, { type: 'unix', path });
    const error = await listen(createServer(), { type: 'unix', path }).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'EADDRINUSE' });
    expect(first.listening).to.equal(true);
  });

  it('reports that the path of a Unix socket is too long', async () => {
    const path = join(tmpdir(), 'x'.repeat(120));
    const error = (await listen(createServer(), { type: 'unix', path }).catch((reason: unknown) => reason)) as Error;
    expect(error.message).to.match(/^the path of a unix socket has at most \d+ bytes, and this one has \d+$/);
  });

  it('says why it fails without repeating the address', async () => {
    await using first = createServer();
    await listen(first, { type: 'tcp', port: 0 });
    const { port } = first.address() as AddressInfo;
    const problemOf = async (address: Parameters<typeof listen>[1]) =>
      listenProblem(await listen(createServer(), address).catch((error: unknown) => error));
    expect(await problemOf({ type: 'tcp', port })).to.equal('another process uses this address (EADDRINUSE)');
    expect(await problemOf({ type: 'tcp', port: 0, interface: '192.0.2.1' })).to.equal(
      'this machine does not have this address (EADDRNOTAVAIL)',
    );
    expect(await problemOf({ type: 'unix', path: join(tmpdir(), 'x'.repeat(120)) })).to.match(/^the path of a unix/);
  });

  it('uses a loopback address by default', () => {
    expect(listeningText({ type: 'tcp', port: 80 })).to.equal('127.0.0.1:80');
    expect(listeningText({ type: 'tcp', port: 80, version: 6 })).to.equal('[::1]:80');
    expect(listeningText({ type: 'unix', path: '/run/a' })).to.equal('/run/a');
  });
});
