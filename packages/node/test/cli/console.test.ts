import {
  barriersOf,
  freePort,
  isTooWide,
  type RunningProcess,
  sharedBrowser,
  sharedPostgres,
  startPostgres,
  startProcess,
  waitFor,
} from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { pgwamp, program } from '../support/command.ts';
import { node, routerWorker, sideBySide } from '../support/configurations.ts';
import { startWithConsole } from '../support/console.ts';
import { reads } from '../support/console-page.ts';
import { startNode } from '../support/running-node.ts';

function uri({ user, password, host, port, database }: ReturnType<typeof crossbarLogin>): string {
  return `postgres://${user}:${password}@${host}:${port}/${database}`;
}

/** The URL of the page, as the command prints it. */
async function pageOf(running: RunningProcess): Promise<string> {
  const what = 'the command to tell where its page is';
  const found = await waitFor(() => /Open (\S+)\./.exec(running.output), { what, deadline: 30_000 });
  return found[1] ?? '';
}

describe('pgwamp console', () => {
  it('shows a database without a node: its components, its backlog and the path of a message', async () => {
    await using database = await createSetUpDatabase();
    await using _ = await startWithConsole(database, {});
    await using running = await startProcess(program, {
      args: ['console', uri(crossbarLogin(database)), '--port', '0'],
    });
    const url = await pageOf(running);
    await using browser = await sharedBrowser();
    const page = await browser.page();
    await page.goto(url);
    await page.getByTestId('component').filter({ hasText: 'publisher realm1' }).waitFor();
    expect(await page.getByTestId('state').textContent()).to.include('Database alone');
    await reads(page, 'limits-node', 'This console reads a database alone');
    const views = page.locator('nav.views a:visible');
    const names = await views.evaluateAll((links) => links.map((link) => link.getAttribute('data-view')));
    expect(names).to.deep.equal(['node', 'events', 'procedures', 'subscriptions', 'delivery']);
    for (const view of ['events', 'procedures']) {
      await page.goto(`${url}#${view}`);
      await reads(page, `limits-${view}`, 'This console reads a database alone');
      expect(await barriersOf(page), view).to.deep.equal([]);
    }
    await page.goto(`${url}#node`);
    expect(await barriersOf(page)).to.deep.equal([]);
    await using sql = await database.connect();
    const { rows } = await sql.query(`SELECT crossbar.publish('com.example.topic', '[1]')::text AS id`);
    await page.goto(`${url}#delivery?trace=${rows[0]?.id}`);
    await page.getByTestId('trace').filter({ hasText: 'realm realm1' }).waitFor();
    await page.getByTestId('slots').filter({ hasText: 'pgoutput' }).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await isTooWide(page)).to.equal(false);
    running.kill('SIGTERM');
    expect((await running.exited).code).to.equal(143);
  });

  it('shows a node by its admin endpoint, with its events', async () => {
    await using database = await createSetUpDatabase();
    const port = await freePort();
    const components = [sideBySide('pgwamp.Publisher', database)];
    const admin = { endpoint: { type: 'tcp', port } };
    await using served = await startNode(node([routerWorker({ components })], { admin }));
    await served.ready();
    const args = ['console', `http://127.0.0.1:${port}`, '--port', '0', '--topic', 'com.example.*'];
    await using running = await startProcess(program, { args });
    const url = await pageOf(running);
    await using browser = await sharedBrowser();
    const page = await browser.page();
    await page.goto(url);
    await page.getByTestId('component').filter({ hasText: 'Publisher' }).waitFor();
    await page.goto(`${url}#events`);
    await page.locator('[data-testid="topic"][data-state="subscribed"]').waitFor();
    await using sql = await database.connect();
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["seen"]')`);
    await page.getByTestId('event').filter({ hasText: 'seen' }).waitFor();
  });

  it('prints the address of the console that the node serves itself', async () => {
    await using database = await createSetUpDatabase();
    await using served = await startWithConsole(database, {});
    const { code, stdout } = await pgwamp(['console', new URL('/', served.url).href]);
    expect(code).to.equal(0);
    expect(stdout).to.equal(`The node already serves its console: open ${served.url}\n`);
  });

  it('reports what it cannot reach', async () => {
    const nobody = await pgwamp(['console', `http://127.0.0.1:${await freePort()}`]);
    expect(nobody.code).to.equal(3);
    expect(nobody.stderr).to.match(/admin endpoint/);
    const wrong = await pgwamp(['console', `postgres://nobody:x@127.0.0.1:${await freePort()}/none`]);
    expect(wrong.code).to.equal(3);
    expect(wrong.stderr).to.match(/^pgwamp: cannot connect to PostgreSQL at 127\.0\.0\.1:\d+ \(database none\)/);
    const both = await pgwamp(['console', 'postgres://a@127.0.0.1/a', '--database', 'postgres://b@127.0.0.1/b']);
    expect(both.code).to.equal(2);
    expect(both.stderr).to.include('leave out --database');
  });

  for (const [target, message] of [
    ['127.0.0.1:9100', 'did you mean http://127.0.0.1:9100?'],
    ['mydb', '"mydb" is neither a database nor a node: expected postgres://user:password@host/database'],
    ['postgres:/crossbar:secret@127.0.0.1/mydb', '"postgres:/crossbar:***@127.0.0.1/mydb" is neither'],
    ['http://', '"http://" is neither'],
  ] as const) {
    it(`refuses the target ${target}`, async () => {
      const { code, stderr } = await pgwamp(['console', target]);
      expect([code, stderr.includes(message)], stderr).to.deep.equal([2, true]);
    });
  }

  it('reports a wrong password, a missing installation, and a server that is not a node', async () => {
    await using empty = await (await sharedPostgres()).createDatabase();
    await using database = await createSetUpDatabase();
    const password = await pgwamp(['console', uri({ ...crossbarLogin(database), password: 'wrong' })]);
    expect(password.code).to.equal(3);
    expect(password.stderr).to.include('password authentication failed for user "crossbar"');
    const nothing = await pgwamp(['console', uri({ ...crossbarLogin(database), database: empty.name })]);
    expect(nothing.code).to.equal(3);
    expect(nothing.stderr).to.include(`/${empty.name}: run "pgwamp install"`);
    await using other = await startWithConsole(database, {});
    const router = await other.node.url('router-1');
    const page = await pgwamp(['console', router.replace(/^ws/, 'http')]);
    expect(page.code).to.equal(3);
    expect(page.stderr).to.include('the server there is not the admin endpoint of a node');
  });

  it('reports that PostgreSQL is unreachable, and continues when it is back', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await createSetUpDatabase(server);
    const args = ['console', uri(crossbarLogin(database)), '--port', '0'];
    await using running = await startProcess(program, { args });
    const url = await pageOf(running);
    await using browser = await sharedBrowser();
    const page = await browser.page();
    await page.goto(url);
    const about = page.locator('#node-about');
    await about.filter({ hasText: 'started' }).waitFor();
    await server.stop('immediate');
    await about.filter({ hasText: /cannot connect to PostgreSQL|lost/ }).waitFor();
    expect(await page.locator('#node-badge').textContent()).to.equal('!');
    await server.start();
    await about.filter({ hasText: 'started' }).waitFor();
    await page.goto(`${url}#delivery`);
    await page.getByTestId('slots').filter({ hasText: /slot/ }).waitFor();
  });
});
