// npm run screenshot: makes docs/console.png and a picture of each other view anew, of a real node with a real database.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, openBrowser, startPostgres, startProcess, withDeadline } from '@pgwamp/harness';
import { startDemo } from 'pgwamp/demo';

const root = join(import.meta.dirname, '..');
const pgwamp = join(root, 'packages/node/src/cli/pgwamp.ts');

await using server = await startPostgres({ own: true });
await using database = await server.createDatabase();
await using superuser = await database.connect();
const folder = await mkdtemp(join(tmpdir(), 'pgwamp-screenshot-'));
try {
  const [port, adminPort] = [await freePort(), await freePort()];
  const { host, port: pgport } = database.config;
  const where = [
    '--database',
    database.name,
    '--host',
    host,
    '--pgport',
    pgport,
    '--port',
    port,
    '--admin-port',
    adminPort,
  ];
  await using init = await startProcess(pgwamp, { args: ['init', ...where.map(String)], cwd: folder });
  await withDeadline(init.exited, 30_000, 'pgwamp init to end');
  await superuser.query(await readFile(join(folder, 'setup.sql'), 'utf8'));
  const file = join(folder, '.crossbar/config.json');
  const config = JSON.parse(await readFile(file, 'utf8'));
  config.controller.admin.console.writes = true;
  await writeFile(file, JSON.stringify(config));
  await using node = await startProcess(pgwamp, { args: ['start'], cwd: folder });
  await node.waitFor({ msg: 'node is ready' });
  await using browser = await openBrowser();
  const page = await browser.page();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`http://127.0.0.1:${adminPort}/console/#events`);
  await page.locator('[data-testid="topic"][data-state="subscribed"]').waitFor();
  await superuser.query(`CREATE TABLE orders (id int PRIMARY KEY, customer text, amount numeric, state text);
    CREATE TRIGGER orders_changed AFTER INSERT OR UPDATE OR DELETE ON orders
      FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change('com.example.orders')`);
  for (const [id, customer] of ['Ada', 'Blaise', 'Emmy', 'Grace', 'Sofya', 'Srinivasa'].entries()) {
    await superuser.query(`INSERT INTO orders VALUES ($1, $2, 12.50, 'new')`, [id + 1, customer]);
  }
  await superuser.query(`UPDATE orders SET state = 'paid' WHERE id = 3; DELETE FROM orders WHERE id = 4`);
  await page.getByTestId('event').filter({ hasText: 'DELETE' }).waitFor();
  await page.getByTestId('event').nth(1).locator('summary').click();
  await page.getByTestId('event').filter({ hasText: 'Copy as SQL' }).waitFor();
  await page.locator('[data-testid="event-latency"][data-since="commit"]').first().waitFor();
  await page.getByTestId('latency-since').filter({ hasText: 'Since commit' }).waitFor();
  await page.screenshot({ path: join(root, 'docs/console.png') });
  const { rows } = await superuser.query<{ id: string }>(
    `SELECT crossbar.publish('com.example.orders', '["traced"]')::text AS id`,
  );
  await page.getByTestId('event').filter({ hasText: 'traced' }).waitFor();
  await superuser.query(`CREATE ROLE shop; GRANT shop TO crossbar_worker; GRANT SELECT ON orders TO shop;
    CREATE FUNCTION turnover(customer text) RETURNS numeric LANGUAGE sql STABLE
      RETURN (SELECT sum(amount) FROM orders WHERE orders.customer = turnover.customer);
    CREATE FUNCTION order_changed(event jsonb) RETURNS void LANGUAGE sql AS '';
    SELECT crossbar.register('com.example.turnover', 'turnover(text)', '{"run_as": "shop"}');
    SELECT crossbar.subscribe('com.example.orders', 'order_changed(jsonb)', '{"run_as": "shop"}')`);
  await page.goto(`http://127.0.0.1:${adminPort}/console/#procedures`);
  await page.getByTestId('procedures').filter({ hasText: 'registered' }).waitFor();
  await page.getByRole('button', { name: 'com.example.turnover' }).click();
  await page.locator('[name="customer"]').fill('Ada');
  await page.locator('#call-button').click();
  await page.locator('#question-yes').click();
  await page.getByTestId('call-result').first().waitFor();
  const views = {
    node: ['#node', 'component', 'running'],
    procedures: ['#procedures', 'procedures', ' ms'],
    subscriptions: ['#subscriptions', 'subscriptions', 'subscribed'],
    sessions: ['#sessions', 'sessions', 'this page'],
    delivery: [`#delivery?trace=${rows[0]?.id}`, 'trace', 'acknowledged'],
  } as const;
  for (const [name, [place, element, text]] of Object.entries(views)) {
    await page.goto(`http://127.0.0.1:${adminPort}/console/${place}`);
    await page.getByTestId(element).filter({ hasText: text }).first().waitFor();
    if (name === 'node') await page.locator('#hour canvas').waitFor();
    await page.screenshot({ path: join(root, `docs/console-${name}.png`) });
  }
  await using demo = await startDemo(0);
  await page.goto(demo.url);
  for (const step of [0, 1]) {
    await page.getByTestId('tour-step').nth(step).getByRole('button').click();
    await page.getByTestId(`tour-result-${step}`).filter({ hasText: '→' }).waitFor();
  }
  await page.getByTestId('tour-event').first().waitFor();
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(root, 'docs/console-tour.png') });
} finally {
  await rm(folder, { recursive: true, force: true });
}
