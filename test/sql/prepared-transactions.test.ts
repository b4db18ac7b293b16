import { once } from 'node:events';
import { startPostgres, withDeadline } from '@pgwamp/harness';
import { openLink, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { createSetUpDatabase, rows } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

/** The contents of a prepared transaction, also in a session that listens. */
const uses = {
  publish: `crossbar.publish('com.example.topic')`,
  call: `crossbar.call('com.example.procedure')`,
  call_each: `crossbar.call_each('com.example.procedure', '{"[]"}')`,
  call_stream: `crossbar.call_stream('com.example.procedure')`,
};

/** The statements that notify components at COMMIT. */
const notifying = {
  register: `crossbar.register('com.example.procedure', 'pg_backend_pid()', '{"run_as": "pg_monitor"}')`,
  subscribe: `crossbar.subscribe('com.example.topic', 'pg_backend_pid()', '{"run_as": "pg_monitor"}')`,
  call_async: `crossbar.call_async('com.example.procedure')`,
};

async function openStage(max_prepared_transactions = '2') {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startPostgres({ settings: { max_prepared_transactions } }));
  const database = stack.use(await createSetUpDatabase(server));
  stack.use(await openLink(database, returns('1')));
  const sql = stack.use(await database.connect());
  await sql.query('GRANT pg_monitor TO crossbar; LISTEN something');
  const kept = stack.move();
  return { sql, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe('A session that listens', () => {
  for (const max of ['0', '2']) {
    it(`still receives notifications after publishing and calling, with max_prepared_transactions = ${max}`, async () => {
      await using stage = await openStage(max);
      const { sql } = stage;
      const notified = once(sql, 'notification');
      await sql.query(`BEGIN; SELECT ${Object.values(uses).join(', ')}; NOTIFY something; COMMIT`);
      const [{ channel }] = await withDeadline(notified, 5000, 'the notification');
      expect(channel).to.equal('something');
      expect(await rows(sql, 'SELECT pg_listening_channels() AS channel')).to.deep.equal([{ channel }]);
    });
  }
});

describe('Two-phase commit', () => {
  it('works after publishing and calling, also in a session that listens', async () => {
    await using stage = await openStage();
    const { sql } = stage;
    for (const [name, use] of Object.entries(uses)) {
      await sql.query(`BEGIN; SELECT ${use}; PREPARE TRANSACTION '${name}'`);
      expect(await rows(sql, 'SELECT gid FROM pg_prepared_xacts'), name).to.deep.equal([{ gid: name }]);
      await sql.query(`COMMIT PREPARED '${name}'`);
    }
    expect(await rows(sql, 'SELECT pg_listening_channels() AS channel')).to.deep.equal([{ channel: 'something' }]);
  });

  it('is refused by PostgreSQL after NOTIFY, and the transaction has no effect', async () => {
    await using stage = await openStage();
    const { sql } = stage;
    for (const [name, use] of Object.entries(notifying)) {
      const error = await errorOf(sql.query(`BEGIN; SELECT ${use}; PREPARE TRANSACTION '${name}'`));
      expect(error.message, name).to.include(
        'cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY',
      );
      await sql.query('ROLLBACK');
    }
    expect(await rows(sql, 'SELECT FROM crossbar._endpoint')).to.deep.equal([]);
    expect(await rows(sql, 'SELECT FROM crossbar.async_call')).to.deep.equal([]);
  });
});
