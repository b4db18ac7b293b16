import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { freePort, startProcess, type TestDatabase, waitFor, withDeadline } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { program } from '../support/command.ts';
import { createFolder } from '../support/folder.ts';

const endpoint = { type: 'tcp', port: 0 };
const component = { classname: 'pgwamp.Gateway' };
const handshake =
  'GET /listen/notes HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
/** It waits for its clients without end. */
const patient = { drain: '1h', limits: { close_timeout: '1h' } };

/** The commands that run until a signal: their arguments, their configuration, and the sign that they run. */
const commands = {
  component: {
    args: ['component', '--config', 'file.json'],
    file: { ...component, extra: { database: { uri: '$DATABASE_URL' }, endpoint, ...patient } },
  },
  gateway: {
    args: ['gateway', 'file.json'],
    file: { extra: { database: { uri: '$DATABASE_URL' }, endpoint, ...patient } },
  },
  proxy: {
    args: ['proxy', 'file.json'],
    file: {
      extra: {
        database: { uri: '$DATABASE_URL' },
        sources: { notes: { kind: 'channel', channels: ['notes'] } },
        sinks: { hook: { kind: 'webhook', url: 'http://127.0.0.1:9/' } },
        routes: [{ from: 'notes', to: 'hook' }],
      },
    },
  },
} as const;
const cases = Object.entries(commands);

async function prepare(file: object) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const folder = stack.use(await createFolder({ 'file.json': file }));
  const kept = stack.move();
  return { database, cwd: folder.path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function environment({ config, name }: TestDatabase) {
  return { DATABASE_URL: `postgres://crossbar:crossbar@${config.host}:${config.port}/${name}` };
}

describe('Signals of commands that run until they are ended', function () {
  this.timeout(60_000);

  for (const [name, { args, file }] of cases) {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      it(`end pgwamp ${name} in order: ${signal}`, async () => {
        await using stage = await prepare(file);
        await using running = await startProcess(program, { args, cwd: stage.cwd, env: environment(stage.database) });
        await running.waitFor({ msg: 'component is running' });
        running.kill(signal);
        const ended = await withDeadline(running.exited, 20_000, 'the command to end');
        expect(ended, running.output).to.deep.equal({ code, signal: null });
        expect(running.output).to.include('component is stopped');
      });
    }

    // A process that nohup has started ignores it, which a handler would change.
    it(`end pgwamp ${name} immediately: SIGHUP`, async () => {
      await using stage = await prepare(file);
      await using running = await startProcess(program, { args, cwd: stage.cwd, env: environment(stage.database) });
      await running.waitFor({ msg: 'component is running' });
      running.kill('SIGHUP');
      const ended = await withDeadline(running.exited, 20_000, 'the command to end');
      expect(ended).to.deep.equal({ code: null, signal: 'SIGHUP' });
    });
  }

  for (const name of ['component', 'gateway'] as const) {
    it(`end pgwamp ${name} immediately when the second one arrives`, async () => {
      const { args, file } = commands[name];
      await using stage = await prepare(file);
      await using running = await startProcess(program, { args, cwd: stage.cwd, env: environment(stage.database) });
      const { msg } = await running.waitFor(({ msg: text }) => /listening at /.test(String(text)));
      const port = Number(/:(\d+)/.exec(String(msg))?.[1]);
      // A client that does not answer the close frame.
      const client = connect(port, '127.0.0.1');
      client.on('error', () => undefined);
      client.write(handshake);
      await withDeadline(once(client, 'data'), 10_000, 'the answer to the handshake');
      await running.waitFor({ msg: 'component is running' });
      running.kill('SIGINT');
      await running.waitFor({ msg: 'component is stopping' });
      running.kill('SIGINT');
      const ended = await withDeadline(running.exited, 20_000, 'the command to end');
      expect(ended).to.deep.equal({ code: null, signal: 'SIGINT' });
      client.destroy();
    });
  }
});

describe('Log of commands that run until they are ended', function () {
  this.timeout(60_000);

  for (const [name, { args, file }] of cases) {
    it(`ends pgwamp ${name} with the exit code of SIGPIPE when nobody reads it any more`, async () => {
      await using stage = await prepare(file);
      const env = { ...process.env, ...environment(stage.database) };
      const child = spawn(process.execPath, [program, ...args], {
        cwd: stage.cwd,
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      try {
        const exited = once(child, 'exit');
        const lines = createInterface({ input: child.stderr });
        const { promise: running, resolve } = Promise.withResolvers<void>();
        lines.on('line', (line) => line.includes('component is running') && resolve());
        await withDeadline(running, 20_000, 'the component to run');
        child.stderr.destroy();
        // The next line of the log is one of its end.
        child.kill('SIGTERM');
        const [code, signal] = await withDeadline(exited, 20_000, 'the command to end');
        expect({ code, signal }).to.deep.equal({ code: 141, signal: null });
      } finally {
        child.kill('SIGKILL');
      }
    });
  }
});

describe('Standard output that is not read', function () {
  this.timeout(60_000);

  it('stops pgwamp subscribe until it is read, and nothing is lost', async () => {
    await using router = createRouter({ realms: ['realm1'] });
    const { url } = await router.listen({ port: await freePort() });
    const args = ['subscribe', 'com.example.x', '--count', '500', '--router', url];
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      const ended = once(child, 'close');
      await withDeadline(once(child.stderr, 'data'), 20_000, 'the subscription');
      await using session = await joinByWebSocket(url);
      // More than a pipe holds.
      const text = 'x'.repeat(1000);
      for (let number = 0; number < 500; number += 1) {
        await session.publish('com.example.x', [number, text], {}, { acknowledge: true });
      }
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
      await waitFor(() => lines.length === 500, { what: 'all events', deadline: 20_000 });
      expect(lines.map((line) => Number(/\[(\d+),/.exec(line)?.[1]))).to.deep.equal([...lines.keys()]);
      const [code] = await withDeadline(ended, 20_000, 'the command to end');
      expect(code).to.equal(0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
