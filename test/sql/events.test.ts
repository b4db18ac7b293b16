import { readFile } from 'node:fs/promises';
import { repositoryRoot, sharedPostgres, type TestDatabase } from '@pgwamp/harness';
import { expect } from 'chai';

async function install(database: TestDatabase): Promise<void> {
  await using superuser = await database.connect();
  await superuser.query(await readFile(`${repositoryRoot}/sql/events/events.sql`, 'utf8'));
}

/** A database with the schema, and what is in its table. */
async function eventsDatabase(prepare = '') {
  const server = await sharedPostgres();
  const database = await server.createDatabase(prepare === '' ? install : undefined);
  const client = await database.connect();
  if (prepare !== '') {
    await client.query(prepare);
    await install(database);
  }
  return {
    client,
    connect: database.connect,
    kept: async () => {
      const { rows } = await client.query('SELECT channel, message FROM events.events ORDER BY id');
      return rows.map(({ channel, message }) => `${channel} ${message}`);
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe('Schema events', () => {
  it('stores durable messages of any size in order, including equal ones', async () => {
    await using database = await eventsDatabase();
    await database.client.query(`BEGIN; SELECT events.send_message('a', 'same', 'key', true), events.send_message('a', 'same', 'key', true);
      SELECT events.send_message('a', repeat('x', 100000), durable => true); SELECT events.send_message('b', '{"a": "x|y"}', '', true, true);
      SELECT events.send_message('b', 'x|y', '', true); COMMIT`);
    const kept = await database.kept();
    expect(kept.map((text) => text.slice(0, 20))).to.deep.equal([
      'a key|same',
      'a key|same',
      `a ${'x'.repeat(18)}`,
      'b {"a": "x|y"}',
      'b |x|y',
    ]);
  });

  it('notifies messages that are not durable, and stores those that are too long for NOTIFY', async () => {
    await using database = await eventsDatabase();
    await using listener = await database.connect();
    const { promise, resolve } = Promise.withResolvers<string>();
    listener.on('notification', ({ payload }) => resolve(payload ?? ''));
    await listener.query('LISTEN "Events"');
    await database.client.query(
      `SELECT events.send_message('Events', 'hello', 'key'), events.send_message('Events', repeat('é', 4000))`,
    );
    expect(await promise).to.equal('key|hello');
    expect(await database.kept()).to.deep.equal([`Events ${'é'.repeat(4000)}`]);
  });

  it('lets every role send, also by a trigger, and read nothing', async () => {
    await using database = await eventsDatabase();
    const role = `writer_${process.pid}_${Date.now().toString(36)}`;
    await database.client.query(`CREATE ROLE ${role}; CREATE TABLE people (id int PRIMARY KEY, name text, secret text); GRANT ALL ON people TO ${role};
      CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION events.on_row_change('people', '{"exclude": ["secret"]}');
      CREATE TRIGGER b AFTER DELETE ON people FOR EACH ROW EXECUTE FUNCTION rabbitmq.on_row_change()`);
    try {
      await database.client.query(`SET ROLE ${role}; INSERT INTO people VALUES (1, 'a|b', 'x'); UPDATE people SET name = 'c'; DELETE FROM people;
        SELECT rabbitmq.send_message('x', 'k', 'm')`);
      const reading = database.client.query('SELECT FROM events.events');
      expect(await reading.catch((error: Error) => error.message)).to.equal('permission denied for table events');
    } finally {
      await database.client.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
    expect(await database.kept()).to.deep.equal([
      'people row_change.table-people.event-INSERT|{"id": 1, "name": "a|b"}',
      'people row_change.table-people.event-UPDATE|{"id": 1, "name": "c"}',
      'people row_change.table-people.event-DELETE|{"id": 1, "name": "c"}',
      'events row_change.table-people.event-DELETE|{"id":1,"name":"c","secret":"x"}',
      'x k|m',
    ]);
  });

  it('reports errors of a channel, a key and the columns of a trigger', async () => {
    await using database = await eventsDatabase();
    const problem = (sql: string) => database.client.query(sql).then(String, (error: Error) => error.message);
    expect(await problem(`SELECT events.send_message('', 'x')`)).to.equal(
      "a channel has 1 to 63 bytes, and '' has not",
    );
    expect(await problem(`SELECT events.send_message('a', 'x', 'k|l')`)).to.contain("the routing key 'k|l' has a pipe");
    await database.client.query(`CREATE TABLE t (id int);
      CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION events.on_row_change('t', '{"include": ["idd"]}')`);
    expect(await problem('INSERT INTO t VALUES (1)')).to.equal(
      "trigger a names columns that public.t does not have: 'idd'",
    );
  });

  it('replaces the original functions, and keeps their table and triggers', async () => {
    await using database =
      await eventsDatabase(`CREATE SCHEMA events; CREATE TABLE events.events (id serial PRIMARY KEY, channel text NOT NULL,
        message text NOT NULL, created_on timestamptz NOT NULL DEFAULT now());
      CREATE FUNCTION events.on_row_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TABLE t (id int);
      CREATE FUNCTION events.send_message(channel text, message text, routing_key text DEFAULT '', durable boolean DEFAULT false, skip_flush boolean DEFAULT false)
        RETURNS void LANGUAGE sql AS 'SELECT NULL::void';
      CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION events.on_row_change(); INSERT INTO events.events (channel, message) VALUES ('a', 'old')`);
    await database.client.query('INSERT INTO t VALUES (1)');
    expect(await database.kept()).to.deep.equal(['a old', 'events row_change.table-t.event-INSERT|{"id": 1}']);
  });
});
