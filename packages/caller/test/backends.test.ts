import { sharedPostgres, startPostgres } from '@pgwamp/harness';
import { openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

describe('Many backends', () => {
  it('make 200 concurrent calls, and each receives its own results', async () => {
    await using server = await startPostgres({ settings: { max_connections: '250' } });
    await using stage = await openCallerStage({ server });
    await stage.callee.register('com.example.echo', ([value]) => value);
    await using sessions = new AsyncDisposableStack();
    const backends = await Promise.all(Array.from({ length: 200 }, () => stage.database.connect()));
    for (const backend of backends) sessions.use(backend);
    const sums = await Promise.all(
      backends.map(async (backend, index) => {
        const { rows } = await backend.query(
          `SELECT count(*) FILTER (WHERE crossbar.call('com.example.echo', jsonb_build_array($1 * 1000 + n)) = to_jsonb($1 * 1000 + n)) AS right
           FROM generate_series(1, 10) AS n`,
          [index],
        );
        return rows[0].right;
      }),
    );
    expect(sums).to.deep.equal(Array(200).fill('10'));
    expect(stage.caller.status()).to.deep.include({ calls: 2000, failed: 0, inFlight: 0 });
    expect(stage.caller.status().link?.connections).to.equal(200);
  });

  it('are refused beyond max_connections, before anything is sent', async () => {
    await using stage = await openCallerStage({
      server: await sharedPostgres(),
      extra: { link: { max_connections: 1 } },
    });
    await stage.callee.register('com.example.echo', ([value]) => value);
    await using other = await stage.database.connect();
    expect(await stage.one(`SELECT crossbar.call('com.example.echo', '[1]')`)).to.equal('1');
    const refused = await errorOf(other.query(`SELECT crossbar.call('com.example.echo', '[1]')`));
    expect(refused).to.include({ code: '08001' });
    expect(`${refused.detail}`).to.include('too many connections');
    expect(stage.caller.status().calls).to.equal(1);
  });
});
