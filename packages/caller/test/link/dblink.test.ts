import { type Connection, sharedPostgres, type TestDatabase, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type pg from 'pg';
import type { CallControls } from '../../src/link/async-call.ts';
import { tls } from './support/certificates.ts';
import { callText, echo, type LinkStage, openLink, result, secret } from './support/stage.ts';

/** A database with dblink. */
async function openDatabase(): Promise<TestDatabase> {
  return (await sharedPostgres()).createDatabase(installDblink);
}

async function installDblink(database: TestDatabase): Promise<void> {
  await using sql = await database.connect();
  await sql.query('CREATE EXTENSION dblink');
}

async function linkTo(sql: Connection, { port }: LinkStage, more = 'sslmode=disable'): Promise<void> {
  const target = `host=127.0.0.1 port=${port} user=crossbar dbname=realm1 password=${secret} ${more}`;
  await sql.query('SELECT dblink_connect($1, $2)', ['link', target]);
}

async function ask(sql: Connection, text: string): Promise<unknown> {
  const columns = 'kind text, payload text, args text, kwargs text';
  return (await sql.query(`SELECT * FROM dblink('link', $1) AS t (${columns})`, [text])).rows;
}

describe('dblink', () => {
  it('calls over the link, with every character and any length', async () => {
    await using stage = await openLink(echo);
    await using database = await openDatabase();
    await using sql = await database.connect();
    await linkTo(sql, stage);
    for (const args of [null, [1], ['é', '"', '\\', "'", '😀', 'a\nb'], ['x'.repeat(5_000_000)]]) {
      const payload = args && JSON.stringify(args);
      const rows = await ask(sql, callText(1, args));
      expect(rows).to.deep.equal([{ kind: 'result', payload: payload ?? '', args: null, kwargs: null }]);
    }
  });

  it('calls ten thousand times in one statement', async () => {
    await using stage = await openLink(async ({ args }) => result(args));
    await using database = await openDatabase();
    await using sql = await database.connect();
    await linkTo(sql, stage);
    const { rows } = await sql.query(
      `SELECT sum((payload::jsonb ->> 0)::int) FROM generate_series(1, 10001) AS id, LATERAL dblink('link',
        format(E'["call", %s, "com.example.echo", {}, {"forward_for": []}]\\n[%s]\\n', id, id))
        AS t (kind text, payload text, args text, kwargs text)`,
    );
    expect(rows).to.deep.equal([{ sum: '50015001' }]);
  });

  it('continues with the same connection after a refusal', async () => {
    await using stage = await openLink(echo);
    await using database = await openDatabase();
    await using sql = await database.connect();
    await linkTo(sql, stage);
    const error = await rejection<pg.DatabaseError>(ask(sql, 'SELECT 1'));
    expect([error.code, error.message]).to.deep.equal([
      '0A000',
      'this is the link of crossbar.call, and not a database',
    ]);
    expect(await ask(sql, callText(1, [1]))).to.have.length(1);
    expect(stage.link.connections).to.equal(1);
  });

  for (const encrypted of [false, true]) {
    it(`notices that the link has closed before it sends the next query, ${encrypted ? 'with' : 'without'} TLS`, async () => {
      await using stage = await openLink(echo, encrypted ? { tls } : {});
      await using database = await openDatabase();
      await using sql = await database.connect();
      await linkTo(sql, stage, encrypted ? 'sslmode=require' : 'sslmode=disable');
      await ask(sql, callText(1, [1]));
      await stage.link.close();
      const state = `SELECT dblink_is_busy('link') AS busy, dblink_error_message('link') AS message`;
      const [row] = (await sql.query<{ busy: number; message: string }>(state)).rows;
      expect(row?.busy).to.equal(0);
      expect(row?.message).to.match(/closed/);
    });
  }

  it('cancels its call when the statement is canceled, and the connection closed', async () => {
    const calls: CallControls[] = [];
    await using stage = await openLink((_request, controls) => {
      calls.push(controls);
      return new Promise(() => undefined);
    });
    await using database = await openDatabase();
    await using sql = await database.connect();
    await linkTo(sql, stage);
    await sql.query(waiting);
    await using superuser = await database.connect();
    const canceled = rejection<pg.DatabaseError>(sql.query('SELECT wait_for_ever($1)', [callText(1)]));
    const [call] = await waitFor(() => calls.length > 0 && calls, { what: 'the call' });
    const { rows } = await superuser.query(`SELECT pg_cancel_backend(pid), clock_timestamp() FROM pg_stat_activity
      WHERE query LIKE 'SELECT wait_for_ever%' AND datname = current_database()`);
    expect(rows).to.have.length(1);
    await waitFor(() => call?.signal.aborted, { what: 'the signal to abort', deadline: 200 });
    expect((await canceled).code).to.equal('57014');
  });

  it('is accepted over TLS if it is configured, and reports what to do without it', async () => {
    await using stage = await openLink(echo, { tls });
    await using database = await openDatabase();
    await using sql = await database.connect();
    const error = await rejection<pg.DatabaseError>(linkTo(sql, stage));
    expect(error.code).to.equal('08001');
    expect(error.detail).to.include('the link requires TLS');
    await linkTo(sql, stage, 'sslmode=require');
    expect(await ask(sql, callText(1, [1]))).to.have.length(1);
  });

  it('is refused in a database with another encoding', async () => {
    await using stage = await openLink(echo);
    await using database = await openDatabase();
    const name = `${database.name}_latin1`;
    await using superuser = await database.connect();
    await superuser.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
    try {
      await using sql = await database.connect({ database: name });
      await sql.query('CREATE EXTENSION dblink');
      await linkTo(sql, stage);
      const error = await rejection<pg.DatabaseError>(ask(sql, callText(1, ['é'])));
      expect(error.message).to.equal('the link only supports UTF8, not LATIN1');
    } finally {
      await superuser.query(`DROP DATABASE ${name}`);
    }
  });
});

/** As crossbar.call waits. */
const waiting = `CREATE FUNCTION wait_for_ever(request text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    LOOP
      PERFORM * FROM dblink('link', request) AS t (kind text, payload text, args text, kwargs text);
      request := '["wait",1]';
    END LOOP;
  EXCEPTION WHEN query_canceled THEN
    PERFORM dblink_disconnect('link');
    RAISE;
  END $$`;
