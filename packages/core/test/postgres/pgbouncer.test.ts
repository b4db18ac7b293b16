import { PoolerError } from '@pgwamp/core';
import { pgBouncerVersion, startPgBouncer } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, chooseDelivery } from '../../src/postgres/index.ts';
import { databaseConfiguration, preparedDatabase } from '../support/database.ts';

/** A database behind PgBouncer. */
async function openStage(mode: string) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await preparedDatabase());
  const { host, port } = stack.use(await startPgBouncer(database, mode));
  const through = databaseConfiguration({ ...database.crossbar, host, port });
  const kept = stack.move();
  return { through, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const version = pgBouncerVersion();
if (version !== undefined) {
  const [major, minor] = version;
  describe(`PgBouncer ${major}.${minor}`, () => {
    for (const mode of ['transaction', 'statement']) {
      it(`is refused with pool_mode = ${mode}`, async () => {
        await using stage = await openStage(mode);
        expect(await rejection(Connection.open(stage.through, 'test'))).to.be.instanceOf(PoolerError);
      });
    }

    it('is accepted with pool_mode = session, by wal if it passes replication on', async () => {
      await using stage = await openStage('session');
      await using connection = await Connection.open(stage.through, 'test');
      const choice = await chooseDelivery(connection, 'auto', { database: stage.through, slot: 'mine' });
      const passes = major > 1 || minor >= 23;
      expect(choice.delivery, String(choice.missing)).to.equal(passes ? 'wal' : 'outbox');
      if (!passes) expect(choice.missing.join()).to.match(/^no replication connection can be opened: .*replication/);
    });
  });
}
