import { createServer } from 'node:net';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { ValueClient } from '../support/value-client.ts';
import { WampClient } from '../support/wamp-client.ts';
import { connectTo, RawSocketWire } from '../support/wires.ts';
import { CommandRun } from './command-run.ts';
import { ConfigurationFile, webTransport } from './configuration-file.ts';

const REALM = { name: 'realm1' };

describe('wamp-router', () => {
  it('prints one line with its address, and ends its sessions with GOODBYE on SIGTERM', async () => {
    await using command = CommandRun.start(['--listen', 'ws://127.0.0.1:0/path', '--realm', 'com.example']);
    const line = await command.firstLine();
    expect(line).to.match(/^wamp-router listens on ws:\/\/127\.0\.0\.1:\d+\/path$/);
    await using client = await WampClient.connect(line.replace(/^.* /, ''));
    await client.join('com.example');
    expect(client.welcome.authrole).to.equal('anonymous');
    command.signal('SIGTERM');
    expect((await client.next())[2]).to.equal('wamp.close.system_shutdown');
    client.send([MessageType.GOODBYE, {}, 'wamp.close.goodbye_and_out']);
    expect(await command.end()).to.eql({ code: 0, stdout: `${line}\n`, stderr: '' });
  });

  it('exits with 0 on SIGINT', async () => {
    await using command = CommandRun.start(['--listen', 'ws://localhost:0/ws']);
    await command.firstLine();
    command.signal('SIGINT');
    expect(await command.end()).to.include({ code: 0, stderr: '' });
  });

  it('listens at several addresses, by WebSocket and by RawSocket', async () => {
    await using command = CommandRun.start(['--listen', 'ws://127.0.0.1:0/', '--listen', 'rs://127.0.0.1:0']);
    const line = await command.firstLine();
    expect(line).to.match(/ on ws:\/\/127\.0\.0\.1:\d+\/, rs:\/\/127\.0\.0\.1:\d+$/);
    const socket = await connectTo(line.replace(/^.*, /, ''));
    await using client = await ValueClient.join(await RawSocketWire.open(socket, 'msgpack'), 'msgpack');
    expect(client.session).to.be.greaterThan(0);
  });

  it('reads realms and transports from a file, and ports from the environment', async () => {
    await using file = await ConfigurationFile.of({ realms: [REALM], transports: [webTransport('$WAMP_PORT')] });
    await using command = CommandRun.start(['--config', file.path], { WAMP_PORT: '0' });
    const line = await command.firstLine();
    await using client = await WampClient.open(line.replace(/^.* /, ''));
    expect(client.welcome.realm).to.equal('realm1');
  });

  it('says which URL stands for all addresses of the machine', async () => {
    const own = webTransport(0);
    const [everywhere, unspecified] = [
      { type: 'tcp', port: 0 },
      { type: 'tcp', interface: '::', port: 0 },
    ].map((endpoint) => ({ ...own, endpoint }));
    await using file = await ConfigurationFile.of({ realms: [REALM], transports: [own, everywhere, unspecified] });
    await using command = CommandRun.start(['--config', file.path]);
    const open = String.raw`ws://localhost:\d+/ws \(all addresses of this machine\)`;
    expect(await command.firstLine()).to.match(
      new RegExp(String.raw`^\S+ listens on ws://127\.0\.0\.1:\d+/ws, ${open}, ${open}$`),
    );
  });

  it('accepts the configuration of a whole node with one router worker, and names the workers that it does not run', async () => {
    const worker = { type: 'router', realms: [REALM], transports: [webTransport(0), webTransport(0)] };
    await using file = await ConfigurationFile.of({ version: 2, controller: {}, workers: [{ type: 'guest' }, worker] });
    await using command = CommandRun.start(['--config', file.path]);
    expect(await command.firstLine()).to.match(/ws:\/\/127\.0\.0\.1:\d+\/ws, ws:\/\/127\.0\.0\.1:\d+\/ws$/);
    command.signal('SIGTERM');
    expect((await command.end()).stderr).to.equal(
      'wamp-router: workers[0] of type "guest" is not run: "pgwamp start" runs all workers of a node\n',
    );
  });

  it('prints its version and its usage', async () => {
    await using version = CommandRun.start(['--version']);
    const told = await version.end();
    expect(told.stdout).to.match(/^\d+\.\d+\.\d+\n$/);
    expect(told.code).to.equal(0);
    await using help = CommandRun.start(['--help']);
    const { code, stdout } = await help.end();
    expect(stdout).to.include('--listen').and.include('--realm').and.include('--config');
    expect(code).to.equal(0);
  });

  it('exits with 1 if the port is in use', async () => {
    await using taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    await using command = CommandRun.start(['--listen', `ws://127.0.0.1:${port}/ws`]);
    const { code, stderr } = await command.end();
    expect(stderr).to.match(/^wamp-router: cannot listen on [^\n]+\n$/);
    expect(code).to.equal(1);
  });
});
