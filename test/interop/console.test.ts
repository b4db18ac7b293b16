import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, repositoryRoot, sharedBrowser, startCrossbar, startProcess } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { consoleDirectory } from 'pgwamp';
import { realms } from './routers/configuration.ts';

const load = (module: string) => import(new URL(module, consoleDirectory).href);
const [{ metaSessions }, { WampSession }] = [await load('meta-sessions.js'), await load('wamp.js')];

const program = join(repositoryRoot, 'packages/node/src/cli/pgwamp.ts');

const transportOn = (port: number) => ({
  type: 'web' as const,
  endpoint: { type: 'tcp' as const, interface: '127.0.0.1', port },
  paths: { ws: { type: 'websocket' as const } },
});

const routers: Readonly<Record<string, (port: number) => Promise<AsyncDisposable>>> = {
  '@pgwamp/router': async (port) => {
    const router = createRouter({ realms });
    await router.listen(transportOn(port));
    return router;
  },
  ...(process.env.INTEROP === 'crossbar' && {
    'Crossbar.io': (port: number) => startCrossbar({ realms, transports: [transportOn(port)] }, { port, path: 'ws' }),
  }),
};

for (const [name, start] of Object.entries(routers)) {
  describe(`Console with the meta API of ${name}`, () => {
    it('shows everything about sessions except the waiting bytes', async () => {
      const port = await freePort();
      await using _router = await start(port);
      const join = () => WampSession.open(`ws://127.0.0.1:${port}/ws`, realms[0].name);
      const [own, other] = [await join(), await join()];
      await other.subscribe('com.example.topic', () => undefined);
      await other.subscribe('com.example', () => undefined, 'prefix');
      const { count, sessions, note } = await metaSessions(own);
      expect(count).to.be.greaterThan(1);
      const found = (id: number) => sessions.find(({ session }: { session: number }) => session === id);
      expect(found(other.id)).to.deep.include({ authrole: 'anonymous', subscriptions: 2, registrations: 0 });
      expect(found(other.id).topics).to.have.members(['com.example.topic', 'com.example']);
      expect(found(own.id)).to.deep.include({ subscriptions: 0, topics: [] });
      expect(found(own.id)).not.to.have.property('waitingBytes');
      expect(found(own.id).transport).to.have.property('peer').that.includes('127.0.0.1');
      expect(note).to.equal(
        'The router does not tell how many bytes wait for a session: a pgwamp node does of its own router.',
      );
      for (const session of [own, other]) session.leave();
    });
  });
  describe(`Console of a node whose only router is ${name}`, () => {
    it('shows events, publishes, calls, shows progressive results, and lists sessions', async () => {
      const port = await freePort();
      await using _router = await start(port);
      await using database = await createSetUpDatabase();
      await using sql = await database.connect();
      await using roles = await createRoles(sql, 1);
      const [role = ''] = roles.names;
      await sql.query(`GRANT ${role} TO crossbar;
        CREATE FUNCTION total(prices numeric[]) RETURNS numeric LANGUAGE sql AS 'SELECT sum(price) FROM unnest(prices) AS price';
        CREATE FUNCTION count_to(n int) RETURNS SETOF int LANGUAGE sql AS 'SELECT generate_series(1, n)';
        SELECT crossbar.register('com.example.total', 'total(numeric[])', '{"run_as": "${role}"}');
        SELECT crossbar.register('com.example.count_to', 'count_to(int)', '{"run_as": "${role}"}')`);
      const admin = await freePort();
      await using stack = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), 'pgwamp-console-'));
      stack.defer(() => rm(folder, { recursive: true }));
      const file = join(folder, 'config.json');
      const { host, port: server, user, password } = crossbarLogin(database);
      const component = (classname: string) => ({
        type: 'class',
        classname,
        realm: realms[0].name,
        transport: { type: 'websocket', url: `ws://127.0.0.1:${port}/ws` },
        extra: { database: { host, port: server, database: database.name, user, password } },
      });
      const configuration = {
        version: 2,
        controller: {
          admin: {
            endpoint: { type: 'tcp', port: admin },
            console: { realm: realms[0].name, topics: ['com.example.*'], writes: true },
          },
        },
        workers: [{ type: 'container', components: ['pgwamp.Publisher', 'pgwamp.Callee'].map(component) }],
      };
      await writeFile(file, JSON.stringify(configuration));
      await using node = await startProcess(program, { args: ['start', '--config', file] });
      await node.waitFor({ msg: 'node is ready' }, 40_000);
      await using browser = await sharedBrowser();
      const page = await browser.page();
      const show = (view: string) => page.goto(`http://127.0.0.1:${admin}/console/#${view}`);
      const has = (testId: string, text: string | RegExp) =>
        page.getByTestId(testId).filter({ hasText: text }).first().waitFor();
      await show('events');
      await page.locator('[data-testid="topic"][data-state="subscribed"]').waitFor();
      await sql.query(`SELECT crossbar.publish('com.example.topic', '["out of SQL"]')`);
      await has('event', 'out of SQL');
      await page.locator('#publish-topic').fill('com.example.topic');
      await page.locator('#publish-args').fill('["by hand"]');
      await page.keyboard.press('Enter');
      await page.locator('#question-yes').click();
      await has('publish-done', 'Published to com.example.topic');
      await has('event', 'by hand');
      await show('procedures');
      await page
        .locator('#procedures [data-title="State"]', { hasText: /^registered$/ })
        .nth(1)
        .waitFor();
      for (const [procedure, parameter, value, result] of [
        ['com.example.total', 'prices', '[1.10, 2.20]', /^3\.30?Answered after/],
        ['com.example.count_to', 'n', '3', /^3/],
      ] as const) {
        await page.getByRole('button', { name: procedure }).click();
        await page.locator(`#call-parameters [name="${parameter}"]`).fill(value);
        await page.locator('#call-button').click();
        await page.locator('#question-yes').click();
        await page.locator('#call-results li', { hasText: result }).waitFor();
      }
      await page.locator('#call-results li', { hasText: /^1$/ }).waitFor();
      await show('sessions');
      await has('sessions', 'this page');
    });
  });
}
