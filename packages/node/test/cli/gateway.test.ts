import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type ProcessMessage,
  type RunningProcess,
  repositoryRoot,
  sharedPostgres,
  startProcess,
  waitFor,
  withDeadline,
} from '@pgwamp/harness';
import { expect } from 'chai';
import { pgwamp, program } from '../support/command.ts';
import { createFolder } from '../support/folder.ts';

const folderOfPrograms = join(repositoryRoot, 'packages/node/src/cli');
const pgEventserv = join(folderOfPrograms, 'pg-eventserv.ts');
const postgresql2websocket = join(folderOfPrograms, 'postgresql2websocket.ts');

/** Nothing of the machine that the tests run on. */
const bare = { DATABASE_URL: undefined, PGHOST: undefined, PGDATABASE: undefined };

/** The port of a gateway, from its log. */
async function portOf(process: RunningProcess): Promise<number> {
  const isListening = ({ msg }: ProcessMessage) => /listening at /.test(String(msg));
  const { msg } = await process.waitFor(isListening, 30_000);
  return Number(/:(\d+)/.exec(String(msg))?.[1]);
}

/** The first message of a channel, once it is open and something was notified. */
async function firstMessage(url: string, notify: () => Promise<unknown>): Promise<string> {
  const socket = new WebSocket(url);
  const messages: string[] = [];
  socket.onmessage = ({ data }) => messages.push(data);
  await withDeadline(once(socket as never, 'open'), 10_000, `${url} to open`);
  await notify();
  await waitFor(() => messages.length > 0, { what: 'a message' });
  socket.close();
  return messages[0] ?? '';
}

async function runToEnd(file: string, ...args: string[]) {
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...bare }, stdio: 'pipe' });
  const all = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  const [[code], stdout, stderr] = await withDeadline(all, 30_000, `${file} ${args.join(' ')} to end`);
  return { code, stdout, stderr };
}

describe('pgwamp gateway', function () {
  this.timeout(60_000);

  it('needs DATABASE_URL only', async () => {
    const { stdout, stderr, code } = await pgwamp(['gateway', '--print'], {
      env: { ...bare, DATABASE_URL: 'postgres://ada:secret@127.0.0.1/shop' },
    });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const { extra } = JSON.parse(stdout);
    expect(extra.database.uri).to.equal('postgres://ada:***@127.0.0.1/shop');
    expect(extra.endpoint).to.deep.equal({ type: 'tcp', interface: '127.0.0.1', port: 7700 });
  });

  it('runs the gateway of a file, in which the class may be omitted', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    const endpoint = { type: 'tcp', port: 0 };
    await using folder = await createFolder({
      'gateway.json': { extra: { database: { uri: '$DATABASE_URL' }, endpoint } },
    });
    const check = await pgwamp(['gateway', 'gateway.json', '--check'], {
      cwd: folder.path,
      env: { DATABASE_URL: database.url },
    });
    expect(check).to.deep.equal({ code: 0, stdout: 'gateway.json: ok\n', stderr: '' });
    await using running = await startProcess(program, {
      args: ['gateway', 'gateway.json'],
      cwd: folder.path,
      env: { DATABASE_URL: database.url },
    });
    const port = await portOf(running);
    await using sql = await database.connect();
    const url = `ws://127.0.0.1:${port}/listen/people`;
    expect(await firstMessage(url, () => sql.query(`NOTIFY people, 'hello'`))).to.equal('hello');
    running.kill('SIGTERM');
    expect((await withDeadline(running.exited, 30_000, 'the gateway to end')).code).to.equal(143);
  });

  it('names file, line and column of a mistake', async () => {
    await using folder = await createFolder({ 'gateway.yaml': 'extra:\n  databse: {}\n' });
    const { code, stderr } = await pgwamp(['gateway', 'gateway.yaml'], { cwd: folder.path });
    expect(code).to.equal(2);
    expect(stderr).to.match(/gateway\.yaml:2:3: extra\.databse: unknown key, did you mean database\?/);
  });

  for (const [args, message] of [
    [[], /the database is missing/],
    [['--eventserv', '--postgresql2websocket'], /--eventserv excludes --postgresql2websocket/],
    [['--config', 'a.toml'], /--config belongs to --eventserv/],
    [['--eventserv', 'a.toml'], /--config a\.toml/],
    [['--eventserv', '--config', '/nowhere.toml'], /\/nowhere\.toml: there is no such file/],
    [['--postgresql2websocket', '/nowhere.conf'], /\/nowhere\.conf: there is no such file/],
  ] as const) {
    it(`refuses ${['gateway', ...args].join(' ')}`, async () => {
      const { code, stderr } = await pgwamp(['gateway', ...args], { env: bare });
      expect(code).to.equal(2);
      expect(stderr).to.match(message);
    });
  }

  it('accepts the configuration of pg_eventserv', async () => {
    await using folder = await createFolder({
      'config/pg_eventserv.toml':
        'HttpPort = 7777\nBasePath = "/events"\nDbPoolMaxConns = 4\nDbConnection = "host=db user=ada password=secret"\n',
    });
    const { code, stdout, stderr } = await pgwamp(['gateway', '--eventserv', '--print'], {
      cwd: folder.path,
      env: bare,
    });
    expect(code).to.equal(0);
    expect(stderr).to.equal(
      'warning: DbPoolMaxConns in config/pg_eventserv.toml has no effect: one connection serves all channels\n',
    );
    expect(JSON.parse(stdout).extra).to.deep.include({
      endpoint: { type: 'tcp', interface: '0.0.0.0', port: 7777 },
      base_path: '/events',
    });
    expect(stdout).to.not.include('secret');
  });
});

describe('pg_eventserv', function () {
  this.timeout(60_000);

  it('runs a gateway with the command line, the file and the variables of pg_eventserv', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using folder = await createFolder({
      'my.toml': 'HttpPort = 1\nhttphost = "127.0.0.1"\nChannels = ["People"]\nAssetsPath = "x"\n',
    });
    await using running = await startProcess(pgEventserv, {
      args: ['-d', '-c', 'my.toml'],
      cwd: folder.path,
      env: { DATABASE_URL: database.url, ES_HTTPPORT: '0' },
    });
    await running.waitFor(({ msg }) => /AssetsPath in my\.toml has no effect/.test(String(msg)));
    const port = await portOf(running);
    await using sql = await database.connect();
    const url = `ws://127.0.0.1:${port}/listen`;
    expect(await firstMessage(`${url}/People`, () => sql.query(`NOTIFY "People", 'hello'`))).to.equal('hello');
    const other = await fetch(`http://127.0.0.1:${port}/listen/people`, { headers: { accept: 'text/event-stream' } });
    expect(other.status).to.equal(403);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).to.include('id="channel"');
    running.kill('SIGINT');
    expect((await withDeadline(running.exited, 30_000, 'it to end')).code).to.equal(130);
  });

  it('has the options --help and --version, and refuses others', async () => {
    const help = await runToEnd(pgEventserv, '--help');
    expect(help).to.include({ code: 0, stderr: '' });
    expect(help.stdout)
      .to.match(/^Usage: pg_eventserv/)
      .and.match(/--config <file>/);
    const version = await runToEnd(pgEventserv, '-v');
    expect(version.stdout).to.match(/^pg_eventserv of pgwamp \d+\.\d+\.\d+\n$/);
    const other = await runToEnd(pgEventserv, '--port', '1');
    expect(other.code).to.equal(2);
    expect(other.stderr).to.match(/^pg_eventserv: .*--port/);
  });

  it('names the variable with a wrong value', async () => {
    const { code, stderr } = await pgwamp(['gateway', '--eventserv'], { env: { ...bare, ES_HTTPPORT: 'high' } });
    expect(code).to.equal(2);
    expect(stderr).to.match(/ES_HTTPPORT: expected a port number from 0 to 65535, found "high"/);
  });
});

describe('postgresql2websocket', function () {
  this.timeout(60_000);

  it('runs a gateway with the file of postgresql2websocket', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    const { host, port, user, password } = database.config;
    const ini = `; comment\n[postgresql]\nhost = ${host}\nport = ${port}\nuser = ${user}\npassword = ${password}\ndatabase = ${database.name}\n[web]\nhost = 127.0.0.1\nport = 0\n`;
    await using folder = await createFolder({ 'postgresql2websocket.conf': ini });
    await using running = await startProcess(postgresql2websocket, { cwd: folder.path });
    const listening = await portOf(running);
    await using sql = await database.connect();
    const url = `ws://127.0.0.1:${listening}`;
    expect(await firstMessage(`${url}/a%2Fb`, () => sql.query(`NOTIFY "a/b", 'hello'`))).to.equal('hello');
    expect(await (await fetch(`http://127.0.0.1:${listening}/console.html`)).text()).to.include('id="journal"');
    running.kill('SIGTERM');
    expect((await withDeadline(running.exited, 30_000, 'it to end')).code).to.equal(143);
  });

  it('has the options --help and --version, and reports mistakes', async () => {
    expect((await runToEnd(postgresql2websocket, '-h')).stdout).to.match(/^Usage: postgresql2websocket/);
    expect((await runToEnd(postgresql2websocket, '--version')).stdout).to.match(/^postgresql2websocket of pgwamp /);
    const { code, stderr } = await runToEnd(postgresql2websocket, '/nowhere.conf');
    expect(code).to.equal(2);
    expect(stderr).to.match(/^postgresql2websocket: wrong configuration: \/nowhere\.conf: there is no such file/);
  });
});
