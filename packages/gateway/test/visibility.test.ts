import { startPostgres } from '@pgwamp/harness';
import { createSetUpDatabase, value } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { openStage } from './support/gateway.ts';
import { openV1 } from './support/socket.ts';

describe('Gateway: transaction that other sessions do not see yet', () => {
  it('is sent to clients of a table, while its notifications wait until it is visible', async () => {
    // A commit waits for a standby that does not exist, after it was written to the log.
    const settings = { synchronous_standby_names: 'nobody', synchronous_commit: 'local' };
    await using server = await startPostgres({ own: true, settings });
    await using database = await createSetUpDatabase(server);
    await using sql = await database.connect();
    await sql.query('CREATE TABLE people (id int PRIMARY KEY); CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES');
    const config = crossbarLogin(database);
    await using stage = await openStage(
      { tables: { 'public.people': 'all' } },
      { server, of: { ...database, config } },
    );
    await using socket = await openV1(stage.url('/listen?channel=a&channel=table:public.people'));
    await socket.frames(2);
    await using writer = await database.connect();
    await writer.query('SET synchronous_commit = on');
    const written = writer.query(`INSERT INTO people VALUES (1); SELECT pg_notify('a', 'visible')`);
    await socket.message(({ channel, type }) => type === 'message' && channel === 'table:public.people');
    expect(await value(sql, 'SELECT count(*)::int FROM people')).to.equal(0);
    expect(socket.messages.some(({ payload }) => payload === 'visible')).to.equal(false);
    await sql.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
    await written;
    await socket.message(({ payload }) => payload === 'visible');
    expect(await value(sql, 'SELECT count(*)::int FROM people')).to.equal(1);
  });
});
