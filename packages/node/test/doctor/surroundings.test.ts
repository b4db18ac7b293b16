import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { database as databaseSchema } from '@pgwamp/config';
import { pgBouncerVersion, startPgBouncer, withDeadline } from '@pgwamp/harness';
import { callerOptions, startCaller } from '@pgwamp/harness/fixtures/caller-stage';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { databasesOf } from '../../src/configuration/databases.ts';
import { readNode } from '../../src/configuration/read-node.ts';
import { checkDatabase } from '../../src/doctor/database.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { program } from '../support/command.ts';
import { container, node } from '../support/configurations.ts';
import { createFolder } from '../support/folder.ts';

/** Runs the doctor on a database by a line of the shell that ends with the command. */
async function doctorIn(shell: string, uri: string, env: NodeJS.ProcessEnv = {}): Promise<Finding[]> {
  const line = `${shell} exec "$0" "$1" doctor --json --database "$2"`;
  const child = spawn('sh', ['-c', line, process.execPath, program, uri], {
    cwd: '/',
    env: { ...process.env, ...env },
  });
  child.stderr.pipe(process.stderr);
  const [output] = await withDeadline(Promise.all([text(child.stdout), once(child, 'close')]), 60_000, 'the doctor');
  return JSON.parse(output);
}

const of = (name: string, found: readonly Finding[]) => found.filter(({ check }) => check === name);

describe('Doctor: surroundings of the database', () => {
  it('reports a low limit of open files, and its fix works', async () => {
    await using database = await createSetUpDatabase();
    const [low] = of('open files', await doctorIn('ulimit -n 512;', database.url));
    expect(low).to.include({ verdict: 'warn', message: 'the limit of open files is 512, and every connection is one' });
    const [command = ''] = (low?.fix ?? '').split('    #');
    expect(of('open files', await doctorIn(`${command};`, database.url))).to.deep.equal([
      { check: 'open files', verdict: 'ok', message: 'at most 4096 open files' },
    ]);
  });

  it('reports a clock that differs from that of PostgreSQL', async () => {
    await using database = await createSetUpDatabase();
    const now = 'const { now } = Date; Date.now = () => now() + 3_600_000;';
    const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=data:text/javascript,${encodeURIComponent(now)}`;
    const [clock] = of('clock', await doctorIn('', database.url, { NODE_OPTIONS }));
    expect(clock).to.include({ verdict: 'warn', fix: 'synchronise the clocks with NTP' });
    expect(clock?.message).to.match(/^PostgreSQL's clock differs by -3\d{6} ms from this machine$/);
  });

  it('reports a Caller that PostgreSQL cannot reach, or that does not run', async () => {
    await using database = await createSetUpDatabase();
    await using router = createRouter({ realms: ['realm1'] });
    const login = databaseSchema.parse(crossbarLogin(database));
    const call = async () => of('call from SQL', await checkDatabase(login));
    const [none] = await call();
    expect(none).to.deep.include({ verdict: 'warn', message: 'crossbar.call failed: no Caller is running' });
    const { extra, ...options } = callerOptions(database, { type: 'memory', router });
    {
      const advertise = { host: '127.0.0.1', port: 9 };
      await using _ = await startCaller({ ...options, extra: { ...extra, link: { advertise } } });
      const [unreachable] = await call();
      expect(unreachable).to.include({ verdict: 'warn' });
      expect(unreachable?.message).to.match(
        /^crossbar\.call failed: no Caller can be reached \(.*127\.0\.0\.1.*port 9\b.*\)$/,
      );
      expect(unreachable?.fix).to.match(
        /^Let the database reach the address of the Caller's link \(its option extra\.link\)/,
      );
    }
    await using _ = await startCaller({ ...options, extra });
    expect((await call())[0]).to.deep.include({ verdict: 'ok' });
  });

  it('reports a realm that the router does not have, and its fix works', async () => {
    await using database = await createSetUpDatabase();
    await using router = createRouter({ realms: ['realm1'] });
    const { url } = await router.listen({ port: 0 });
    const check = async (realm: string) => {
      const worker = container('pgwamp.Publisher', database, { type: 'websocket', url }, realm);
      await using folder = await createFolder({ 'config.json': node([worker]) });
      const configuration = await readNode(`${folder.path}/config.json`);
      return of('realm of container/1', await examine(databasesOf(configuration.node), configuration))[0];
    };
    const missing = await check('realm2');
    expect(missing).to.include({ verdict: 'fail' });
    expect(missing?.message).to.include('realm2').and.include(url);
    expect(missing?.fix).to.match(/realm/);
    expect(await check('realm1')).to.include({ verdict: 'ok' });
  });

  if (pgBouncerVersion() !== undefined) {
    it('reports a PgBouncer that shares sessions, and its fix works', async () => {
      await using database = await createSetUpDatabase();
      const check = async (mode: string) => {
        await using between = await startPgBouncer(database, mode);
        const { host, port } = between;
        return await checkDatabase(databaseSchema.parse({ ...crossbarLogin(database), host, port }));
      };
      for (const mode of ['transaction', 'statement']) {
        const [connection, ...others] = await check(mode);
        expect(connection).to.include({ check: 'connection', verdict: 'fail' });
        expect(connection?.message).to.include('shares one session among clients (transaction or statement pooling)');
        expect(connection?.fix).to.equal('connect to PostgreSQL itself, or pool by session');
        expect(others).to.deep.equal([]);
      }
      const found = await check('session');
      expect(found.filter(({ verdict }) => verdict === 'fail')).to.deep.equal([]);
      expect(of('notify', found)[0]).to.include({ verdict: 'ok' });
    });
  }
});
