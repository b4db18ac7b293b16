import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { DatabaseLostError, DatabaseRefusedError } from '@pgwamp/core';
import {
  freePort,
  startPostgres,
  startStandby,
  startTcpProxy,
  type TestDatabase,
  waitFor,
  withDeadline,
} from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, connectClient } from '../../src/postgres/index.ts';
import { databaseConfiguration } from '../support/database.ts';

/** A database with a URI that names several hosts. */
function uriOf({ config }: Pick<TestDatabase, 'config'>, ports: readonly number[]) {
  const { user, password, database } = config;
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join();
  return databaseConfiguration({ uri: `postgres://${user}:${password}@${hosts}/${database}` });
}

describe('A URI with several hosts', function () {
  this.timeout(60_000);

  it('costs little where one host carries nothing, and leaves no connection open', async () => {
    await using server = await startPostgres();
    await using database = await server.createDatabase();
    const silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const start = performance.now();
    {
      const uri = uriOf(database, [port, port, server.port]);
      await using connection = await Connection.open(uri, 'test');
      expect(await connection.query('SELECT 1 AS one')).to.deep.equal([{ one: 1 }]);
      // One after the other they would cost 20 seconds.
      expect(performance.now() - start).to.be.below(9000);
    }
    // It ends when the last connection is closed.
    await withDeadline(once(silent.close(), 'close'), 5000, 'the connections to the silent host to be closed');
  });

  it('prefers the first host that is a primary, also where another one answers sooner', async () => {
    await using server = await startPostgres();
    await using database = await server.createDatabase();
    await using slow = await startTcpProxy(server);
    slow.slow(20);
    const client = await connectClient(uriOf(database, [slow.port, server.port]), 'test');
    expect(slow.connections).to.equal(1);
    await client.end();
  });

  it('fails with what each host answers, or with the refusal of one', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await using standby = await startStandby(server, server);
    const closed = await freePort();
    const lost = await rejection(connectClient(uriOf(database, [closed, standby.port]), 'test'));
    expect(lost).to.be.instanceOf(DatabaseLostError);
    expect(lost.message).to.include(`127.0.0.1:${closed}: `).and.include('ECONNREFUSED');
    expect(lost.message).to.include(`127.0.0.1:${standby.port}: it is a standby`);
    const config = { ...database.config, database: 'no_such_database' };
    const refused = await rejection(connectClient(uriOf({ config }, [closed, server.port]), 'test'));
    expect(refused).to.be.instanceOf(DatabaseRefusedError);
  });

  it('closes the connection to a server that does not say whether it is the primary', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await using sql = await database.connect();
    await sql.query(
      `CREATE ROLE reader LOGIN PASSWORD 'x'; REVOKE EXECUTE ON FUNCTION pg_is_in_recovery() FROM PUBLIC`,
    );
    const config = { ...database.config, user: 'reader', password: 'x' };
    const error = await rejection(connectClient(uriOf({ config }, [server.port, server.port]), 'test'));
    expect(error.message).to.include('permission denied for function pg_is_in_recovery');
    const left = async () => (await sql.query(`SELECT FROM pg_stat_activity WHERE usename = 'reader'`)).rowCount;
    await waitFor(async () => (await left()) === 0, { what: 'the sessions to end' });
  });
});
