import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type RunningProcess, repositoryRoot, sharedPostgres, startProcess, waitFor } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { type Block, document } from './support/documents.ts';
import { type Programs, programs } from './support/program.ts';

const { blocks } = document('docs/tutorial.md');

/** The blocks under a heading, in one language. */
function under(heading: string, language: string): Block[] {
  const found = blocks.filter((block) => block.heading === heading && block.language === language && !block.fragment);
  if (found.length === 0) throw new Error(`docs/tutorial.md has no ${language} under "${heading}"`);
  return found;
}

async function start(folder: Programs, [block]: Block[], env: Record<string, string>): Promise<RunningProcess> {
  if (!block) throw new Error('no program');
  return startProcess(await folder.write(block), { env });
}

function says(process: RunningProcess, text: string): Promise<true> {
  return waitFor(() => process.output.includes(text), { what: `"${text}"`, deadline: 20_000 }).catch((error: Error) => {
    throw new Error(`${error.message}; it said:\n${process.output}`, { cause: error });
  });
}

/** A database that is set up, a router, and a folder for programs that find both in their environment. */
async function openPlace() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await prepareDatabase());
  const router = stack.use(createRouter({ realms: ['realm1'] }));
  const { url: ROUTER_URL } = await router.listen();
  const { host, port, user, password } = database.options;
  const DATABASE_URL = `postgres://${user}:${password}@${host}:${port}/${database.name}`;
  const folder = stack.use(await programs());
  const resources = stack.move();
  return { database, folder, ROUTER_URL, DATABASE_URL, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** Records the keyword arguments of what is published on a topic. */
async function record(url: string, topic: string) {
  const events: Record<string, unknown>[] = [];
  const session = await joinByWebSocket(url);
  await session.subscribe(topic, (_args, kwargs) => events.push(kwargs));
  return { events, [Symbol.asyncDispose]: () => session.leave() };
}

describe('Tutorial', () => {
  it('leads to an event with its own commands only', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using superuser = await database.connect();
    const PORT = String(await freePort());
    const { host, port } = database.config;
    const ROUTER_URL = `ws://127.0.0.1:${PORT}/ws`;
    const DATABASE_URL = `postgres://crossbar:crossbar@${host}:${port}/${database.name}`;
    await using folder = await programs();

    await superuser.query(await readFile(join(repositoryRoot, 'sql/setup.sql'), 'utf8'));
    await using publisher = await start(folder, under('2. Start a Publisher', 'ts'), { PORT, DATABASE_URL });
    await says(publisher, `WAMP at ${ROUTER_URL}`);
    await using subscriber = await start(folder, under('4. Receive it elsewhere', 'js'), { ROUTER_URL });
    await says(subscriber, 'subscribed');
    await using people = await record(ROUTER_URL, 'com.example.people');
    for (const { code } of under('3. Publish from SQL', 'sql')) await superuser.query(code);

    await says(subscriber, `event [ 'hello', 23 ]`);
    await says(subscriber, `event [ 'hello', 'Grace' ]`);
    await waitFor(() => people.events.length === 2, { what: 'the two people' });
    const [shown] = under('3. Publish from SQL', 'json');
    const { published_at, ...ada } = JSON.parse(shown?.code ?? '');
    expect(people.events[0]).to.deep.include(ada);
    expect(people.events[0]).to.have.all.keys('published_at', ...Object.keys(ada));
    expect(Date.parse(String(people.events[0]?.published_at))).to.not.be.NaN;
    expect(Date.parse(published_at)).to.not.be.NaN;

    const page = await fetch(`http://127.0.0.1:${PORT}/`);
    expect(await page.text()).to.include('<html');
    publisher.kill('SIGINT');
    expect(await publisher.exited).to.deep.include({ code: 0 });
  });

  it('makes a function a WAMP procedure with one SELECT, while everything runs', async () => {
    await using place = await openPlace();
    const { database, folder, ROUTER_URL, DATABASE_URL } = place;
    const heading = 'Functions as WAMP procedures';
    await using callee = await start(folder, under(heading, 'ts'), { ROUTER_URL, DATABASE_URL });
    await says(callee, 'at your service');
    await using early = await start(folder, under(heading, 'js'), { ROUTER_URL });
    await says(early, 'wamp.error.no_such_procedure');
    expect(await early.exited).to.deep.include({ code: 0 });
    await using superuser = await database.connect();
    const role = `shop_${randomBytes(6).toString('hex')}`;
    for (const { code } of under(heading, 'sql')) await superuser.query(code.replaceAll('shop', role));
    const states = 'SELECT state FROM crossbar.registrations';
    await waitFor(async () => (await superuser.query(states)).rows[0].state === 'registered', {
      what: 'the procedure',
    });
    await using client = await start(folder, under(heading, 'js'), { ROUTER_URL });
    await says(client, 'total 36.3');
    await says(client, 'total 30.5');
    callee.kill('SIGINT');
    expect(await callee.exited).to.deep.include({ code: 0 });
    await superuser.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('makes a function an event handler with one SELECT, while everything runs', async () => {
    await using place = await openPlace();
    const { database, folder, ROUTER_URL, DATABASE_URL } = place;
    const heading = 'Functions as handlers of events';
    await using subscriber = await start(folder, under(heading, 'ts'), { ROUTER_URL, DATABASE_URL });
    await says(subscriber, 'all ears');
    await using superuser = await database.connect();
    const role = `sensor_${randomBytes(6).toString('hex')}`;
    for (const { code } of under(heading, 'sql')) {
      await superuser.query(code.replaceAll(/(ROLE|GRANT|TO) sensor/g, `$1 ${role}`).replace('"sensor"', `"${role}"`));
    }
    await using publisher = await joinByWebSocket(ROUTER_URL);
    const readings = async () => {
      await publisher.publish('com.example.reading', ['kitchen', 21.5]);
      return (await superuser.query('SELECT sensor, celsius::float FROM reading')).rows;
    };
    await waitFor(async () => (await readings()).length > 0, { what: 'a reading' });
    expect((await readings())[0]).to.deep.equal({ sensor: 'kitchen', celsius: 21.5 });
    subscriber.kill('SIGINT');
    expect(await subscriber.exited).to.deep.include({ code: 0 });
    await superuser.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  });

  it('calls a WAMP procedure from SQL', async () => {
    await using place = await openPlace();
    const { database, folder, ROUTER_URL, DATABASE_URL } = place;
    const heading = 'WAMP procedures in SQL';
    await using caller = await start(folder, under(heading, 'ts'), { ROUTER_URL, DATABASE_URL });
    await says(caller, 'ready to call');
    await using callee = await start(folder, under(heading, 'js'), { ROUTER_URL });
    await says(callee, 'registered');
    await using superuser = await database.connect();
    const [call] = under(heading, 'sql');
    expect((await superuser.query(call?.code ?? '')).rows).to.deep.equal([{ call: 1.08 }]);
    caller.kill('SIGINT');
    expect(await caller.exited).to.deep.include({ code: 0 });
  });

  it('connects to a router by WebSocket, with all settings from the environment', async () => {
    await using database = await prepareDatabase();
    await using router = createRouter({ realms: ['realm1'] });
    const { url } = await router.listen();
    await using superuser = await database.connect();
    await using folder = await programs();
    await using events = await record(url, 'com.example.topic1');
    await using publisher = await start(folder, under('With Crossbar.io', 'ts'), {
      ROUTER_URL: url,
      PGHOST: database.options.host,
      PGPORT: String(database.options.port),
      PGDATABASE: database.name,
      PGPASSWORD: database.options.password,
    });
    await publisher.waitFor({ state: 'running' });
    await superuser.query(`SELECT crossbar.publish('com.example.topic1', kwargs => '{"arrived": true}')`);
    await waitFor(() => events.events.length > 0, { what: 'the event' });
    expect(events.events).to.deep.equal([{ arrived: true }]);
    publisher.kill('SIGTERM');
    expect(await publisher.exited).to.deep.include({ code: 0 });
  });
});
