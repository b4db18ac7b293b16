import { freePort, sharedPostgres, startProcess, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { openEndpointStage } from '@pgwamp/harness/fixtures/sql-endpoints';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { overviewTable, withRates } from '../../src/overview/overview.ts';
import { pgwamp, program } from '../support/command.ts';
import { node, routerWorker, sideBySide } from '../support/configurations.ts';
import { startNode } from '../support/running-node.ts';

const publisher = { kind: 'publisher', name: 'a (realm1)', state: 'running', isFine: true };

function uri({ user, password, host, port, database }: ReturnType<typeof crossbarLogin>): string {
  return `postgres://${user}:${password}@${host}:${port}/${database}`;
}

/** A node with a Publisher, a Callee and a Subscriber beside its router, and one procedure and one subscription. */
async function startStage() {
  await using stack = new AsyncDisposableStack();
  const { database, sql, app, as } = stack.use(await openEndpointStage());
  await sql.query(`CREATE FUNCTION handle(event jsonb) RETURNS void LANGUAGE sql AS ''`);
  await as(app, () =>
    sql.query(`SELECT crossbar.subscribe('com.example.topic', 'handle(jsonb)');
      SELECT crossbar.register('com.example.add2', 'add2(integer, integer)')`),
  );
  const components = ['Publisher', 'Callee', 'Subscriber'].map((name) => sideBySide(`pgwamp.${name}`, database));
  const admin = { endpoint: { type: 'tcp', port: await freePort() } };
  const running = stack.use(await startNode(node([routerWorker({ components })], { admin })));
  await running.ready();
  const kept = stack.move();
  return { database, sql, running, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe('Overview', () => {
  it('contains rates since the last reading, and no negative ones', () => {
    const before = { source: '', rows: [{ ...publisher, total: 100 }] };
    const after = (total: number) => withRates({ source: '', rows: [{ ...publisher, total }] }, before, 2);
    expect(after(150)).to.deep.equal([{ ...publisher, total: 150, rate: 25 }]);
    expect(after(10)[0]).to.include({ rate: 0 });
    expect(withRates(before, undefined, 2)).to.deep.equal(before.rows);
    expect(withRates({ source: '', rows: [publisher] }, before, 2)).to.deep.equal([publisher]);
  });

  it('is a table with the necessary columns only', () => {
    expect(overviewTable([{ ...publisher, total: 12_345, rate: 2.5 }, publisher])).to.equal(
      'KIND       NAME        STATE    PER SECOND   TOTAL\n' +
        'publisher  a (realm1)  running         2.5  12,345\n' +
        'publisher  a (realm1)  running\n',
    );
  });
});

describe('pgwamp top and pgwamp status', () => {
  it('show components of the admin endpoint, and endpoints and slots of the database', async () => {
    await using stage = await startStage();
    const cwd = stage.running.folder.path;
    await stage.sql.query(`SELECT crossbar.publish('com.example.topic', '[1]') FROM generate_series(1, 3)`);
    const handled = async () =>
      (await stage.sql.query('SELECT events FROM crossbar.subscriptions')).rows[0]?.events > 2;
    await waitFor(handled, { what: 'the events to be handled' });

    const looked = await pgwamp(['top', '--json', '--interval', '0.2'], { cwd });
    expect(looked.code, looked.stderr).to.equal(0);
    const { rows } = JSON.parse(looked.stdout);
    expect(rows.map(({ kind }: { kind: string }) => kind)).to.deep.equal([
      'router',
      'publisher',
      'callee',
      'subscriber',
    ]);
    expect(rows[1]).to.include({ state: 'running', total: 3, failed: 0, rate: 0 });

    const twice = await pgwamp(['top', '--count', '2', '--interval', '0.2'], { cwd });
    expect(twice.stdout.match(/^publisher +component-1 \(realm1\) +running .* 3 +0$/gm)).to.have.length(2);

    const login = uri(crossbarLogin(stage.database));
    const status = await pgwamp(['status', '--database', login]);
    expect(status.code, status.stdout).to.equal(0);
    for (const line of [
      /^component +publisher realm1 +\d connections$/m,
      /^realm +realm1 +delivery wal +0/m,
      /^slot +crossbar_\d+_realm1_\w+ +in use .* of WAL kept$/m,
      /^registration +com\.example\.add2 +registered +0 +0$/m,
      /^subscription +com\.example\.topic +subscribed +3 +0$/m,
    ]) {
      expect(status.stdout).to.match(line);
    }
  });

  it('exit with 1 if something does not work, and with 3 if nothing is installed', async () => {
    await using stage = await openEndpointStage();
    const { database, sql, app, as } = stage;
    await as(app, () => sql.query(`SELECT crossbar.register('com.example.add2', 'add2(integer, integer)')`));
    const args = ['status', '--json', '--database', uri(crossbarLogin(database))];
    const { code, stdout } = await pgwamp(args);
    expect(code).to.equal(1);
    expect(JSON.parse(stdout).rows).to.deep.include({
      ...{ kind: 'registration', name: 'com.example.add2', state: 'waiting', isFine: false, total: 0, failed: 0 },
    });

    await using empty = await (await sharedPostgres()).createDatabase();
    const missing = await pgwamp(['top', '--json', '--database', uri({ ...empty.config })]);
    expect(missing.code).to.equal(3);
    expect(missing.stderr).to.match(/^pgwamp: pgwamp is not installed in \S+: run "pgwamp install"/);
  });

  it('end on a signal', async () => {
    await using database = await createSetUpDatabase();
    await using top = await startProcess(program, { args: ['top', '--database', uri(crossbarLogin(database))] });
    await waitFor(() => top.output.includes('KIND'), { what: 'a table', deadline: 20_000 });
    top.kill('SIGINT');
    expect(await top.exited).to.deep.equal({ code: 130, signal: null });
  });
});
