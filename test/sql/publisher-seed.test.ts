import type { Connection, PostgresServer, TestDatabase } from '@pgwamp/harness';
import { startPostgres, waitFor } from '@pgwamp/harness';
import { EventClient } from '@pgwamp/harness/fixtures/event-client';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { createPublisher } from '@pgwamp/harness/fixtures/sql-stage';
import { type PublisherOptions, parsePublisherConfiguration } from '@pgwamp/publisher';
import { createRouter, type Router } from '@pgwamp/router';
import { expect } from 'chai';
import { pino } from 'pino';

/** "Database Setup" of the manual of Crossbar.io's PostgreSQL Publisher, word for word. */
const setUp = `
CREATE ROLE crossbar LOGIN INHERIT;

ALTER ROLE crossbar ENCRYPTED PASSWORD 'crossbar';

CREATE SCHEMA crossbar AUTHORIZATION crossbar;

GRANT USAGE ON SCHEMA crossbar TO public;
`;

/** "To remove everything again", word for word. */
const remove = `
DROP OWNED BY crossbar CASCADE;

DROP SCHEMA IF EXISTS crossbar CASCADE;

DROP ROLE IF EXISTS crossbar;
`;

/** Its examples, word for word, and what arrives. */
const examples: readonly [statement: string, arrives: string][] = [
  [`SELECT crossbar.publish('com.example.topic1');`, ''],
  [
    `SELECT crossbar.publish('com.example.topic1', json_build_array('hello world!', 23)::jsonb);`,
    ',["hello world!", 23]',
  ],
  [
    `SELECT crossbar.publish('com.example.topic1',
   json_build_array(23, 7, 'hello world!')::jsonb,
   json_build_object('foo', 'bar', 'baz', 42)::jsonb
);`,
    ',[23, 7, "hello world!"],{"baz": 42, "foo": "bar"}',
  ],
];

const excludeExample = `SELECT crossbar.publish('com.example.topic1',
    options := json_build_object(
        'exclude', json_build_array(1968608799)::jsonb
    )::jsonb
);`;

/** A server of its own for each test, because the role is shared by a server's databases. */
async function openSeedStage() {
  await using stack = new AsyncDisposableStack();
  const server: PostgresServer = stack.use(await startPostgres({ own: true }));
  const database: TestDatabase = stack.use(await server.createDatabase());
  const sql: Connection = stack.use(await database.connect());
  await sql.query(setUp);
  const router: Router = stack.use(createRouter({ realms: ['realm1'] }));
  const log: string[] = [];
  const write = (line: string) => log.push((JSON.parse(line) as { msg: string }).msg);
  const publisher = stack.use(createPublisher(database, router, 'auto', { log: pino({}, { write }) }));
  await publisher.start();
  const client = stack.use(await EventClient.join(router, ['com.example.topic1']));
  const kept = stack.move();
  return { sql, router, publisher, client, log, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe('Manual of the original PostgreSQL Publisher', () => {
  it('prepares a database in which the Publisher works unchanged with the outbox, and logs the missing parts for wal', async () => {
    await using stage = await openSeedStage();
    expect(stage.publisher.status()).to.include({ state: 'running', delivery: 'outbox' });
    expect(stage.log).to.include(
      'delivery is "outbox", since "wal" cannot work: role crossbar has no REPLICATION (ALTER ROLE crossbar REPLICATION, as superuser); ' +
        'there is no publication crossbar (CREATE PUBLICATION crossbar, as superuser)',
    );
  });

  it('publishes its examples', async () => {
    await using stage = await openSeedStage();
    for (const [statement, arrives] of examples) {
      await stage.sql.query(statement);
      expect(await stage.client.next()).to.deep.equal({ topic: 'com.example.topic1', payload: arrives });
    }
  });

  it('excludes only the session of its example', async () => {
    await using stage = await openSeedStage();
    await stage.sql.query(excludeExample);
    expect((await stage.client.next()).payload).to.equal('');
    await stage.sql.query(excludeExample.replace('1968608799', String(stage.client.id)));
    await stage.sql.query(`SELECT crossbar.publish('com.example.topic1', '["not excluded"]')`);
    expect((await stage.client.next()).payload).to.equal(',["not excluded"]');
  });

  it('describes acknowledge as not implemented, which works now', async () => {
    await using stage = await openSeedStage();
    const id = await value(
      stage.sql,
      `SELECT crossbar.publish('com.example.topic1', options := json_build_object('acknowledge', true)::jsonb)`,
    );
    const outcome = `SELECT state FROM crossbar.publications WHERE id = ${id} AND state <> 'waiting'`;
    expect(await waitFor(() => value(stage.sql, outcome), { what: 'the outcome' })).to.equal('acknowledged');
  });

  it('describes autonomous as not implemented, which works now with dblink', async () => {
    await using stage = await openSeedStage();
    await stage.publisher.stop();
    await stage.sql.query('CREATE EXTENSION dblink; GRANT USAGE ON FOREIGN DATA WRAPPER dblink_fdw TO crossbar');
    await stage.publisher.start();
    await stage.sql.query(`BEGIN; SELECT crossbar.publish('com.example.topic1', autonomous := TRUE); ROLLBACK`);
    expect((await stage.client.next()).payload).to.equal('');
  });

  it('removes everything again', async () => {
    await using stage = await openSeedStage();
    await stage.sql.query(examples[0]?.[0] ?? '');
    await stage.client.next();
    await stage.publisher.stop();
    await stage.sql.query(remove);
    const left = await rows(
      stage.sql,
      `SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^crossbar'
       UNION ALL SELECT rolname FROM pg_roles WHERE rolname = 'crossbar'
       UNION ALL SELECT slot_name FROM pg_replication_slots`,
    );
    expect(left).to.deep.equal([]);
  });
});

describe('Component configuration of the manual', () => {
  const container = {
    type: 'class',
    classname: 'crossbar.adapter.postgres.PostgreSQLPublisher',
    realm: 'realm1',
    transport: {
      type: 'websocket',
      endpoint: { type: 'tcp', host: '127.0.0.1', port: 8080 },
      url: 'ws://127.0.0.1:8080/ws',
    },
    extra: { database: { host: '127.0.0.1', port: 5432, database: 'cdc', user: 'crossbar', password: 'crossbar' } },
  } as const satisfies PublisherOptions;

  it('is accepted unchanged', () => {
    const { extra, transport, realm } = parsePublisherConfiguration(container);
    expect(realm).to.equal('realm1');
    expect(transport).to.deep.include({ url: container.transport.url });
    expect(transport).to.have.property('endpoint').that.includes(container.transport.endpoint);
    expect(extra.database).to.include(container.extra.database);
  });

  it('takes the password from the environment', () => {
    const before = process.env.PGPASSWORD;
    process.env.PGPASSWORD = 'from the environment';
    const database = { ...container.extra.database, password: '$PGPASSWORD' };
    const { extra } = parsePublisherConfiguration({ ...container, extra: { database } });
    if (before === undefined) delete process.env.PGPASSWORD;
    else process.env.PGPASSWORD = before;
    expect(extra.database).to.include({ password: 'from the environment' });
  });
});
