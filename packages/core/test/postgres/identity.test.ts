import { PoolerError } from '@pgwamp/core';
import { sharedPostgres, startTcpProxy } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection } from '../../src/postgres/index.ts';
import { databaseConfiguration } from '../support/database.ts';
import { type Pooler, startPooler } from '../support/pooler.ts';

async function target() {
  const database = await (await sharedPostgres()).createDatabase();
  return { ...database, configuration: databaseConfiguration(database.config) };
}

function through({ host, port }: Pooler, { configuration }: { configuration: object }) {
  return databaseConfiguration({ ...configuration, host, port });
}

describe('Proxy in front of PostgreSQL', () => {
  for (const connections of [1, 2, 3]) {
    it(`is refused, with what to do, if it pools by transaction: ${connections} server connections`, async () => {
      await using database = await target();
      await using pooler = await startPooler(database.configuration, 'transaction', connections);
      const error = await rejection<PoolerError>(Connection.open(through(pooler, database), 'test'));
      expect(error).to.be.instanceOf(PoolerError);
      expect(error.fatal).to.equal(true);
      expect(error.message).to.include('transaction').and.to.include('pool by session');
    });
  }

  it('is refused if it pools by statement', async () => {
    await using database = await target();
    await using pooler = await startPooler(database.configuration, 'statement');
    expect(await rejection(Connection.open(through(pooler, database), 'test'))).to.be.instanceOf(PoolerError);
  });

  it('is accepted if it pools by session', async () => {
    await using database = await target();
    await using pooler = await startPooler(database.configuration, 'session', 3);
    await using connection = await Connection.open(through(pooler, database), 'test');
    await connection.query('CREATE TEMPORARY TABLE mine AS SELECT 1 AS n');
    expect(await connection.query('SELECT n FROM mine')).to.deep.equal([{ n: 1 }]);
  });

  it('is accepted if it pools by session and has no other connection left', async () => {
    await using database = await target();
    await using pooler = await startPooler(database.configuration, 'session', 1);
    await using connection = await Connection.open(through(pooler, database), 'test');
    expect(await connection.query('SELECT 1 AS n')).to.deep.equal([{ n: 1 }]);
  });

  it('is accepted if it only forwards', async () => {
    await using database = await target();
    await using proxy = await startTcpProxy(await sharedPostgres());
    const { host, port } = proxy;
    await using connection = await Connection.open(databaseConfiguration({ ...database.config, host, port }), 'test');
    expect(await connection.query('SELECT 1 AS n')).to.deep.equal([{ n: 1 }]);
    expect(proxy.connections).to.equal(1);
  });
});
