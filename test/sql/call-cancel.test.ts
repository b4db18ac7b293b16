import type { AsyncCall } from '@pgwamp/caller/internal';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { openCallStage } from '@pgwamp/harness/fixtures/sql-caller';
import { value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

const queryCanceled = '57014';

/** Answers nothing but `com.quick`; says when a call has come, and when it is wanted no more. */
function hanging() {
  const begun: PromiseWithResolvers<void>[] = [];
  const aborted: PromiseWithResolvers<void>[] = [];
  const ended = { kind: 'error', payload: 'wamp.error.canceled', args: null, kwargs: null } as const;
  let count = 0;
  const at = <T>(list: PromiseWithResolvers<T>[], index: number): PromiseWithResolvers<T> => {
    list[index] ??= Promise.withResolvers<T>();
    return list[index];
  };
  const call: AsyncCall = async ({ procedure }, { signal }) => {
    if (procedure === 'com.quick') return { kind: 'result', payload: '1', args: null, kwargs: null };
    const index = count++;
    at(begun, index).resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve());
    await promise;
    at(aborted, index).resolve();
    return ended;
  };
  return {
    call,
    begun: (index: number) => withDeadline(at(begun, index).promise, 5000, `call ${index} to begin`),
    aborted: (index: number) => withDeadline(at(aborted, index).promise, 5000, `call ${index} to be cancelled`),
  };
}

describe('Waiting call', () => {
  it('is canceled by statement_timeout, and the session continues over another connection', async () => {
    const callee = hanging();
    await using stage = await openCallStage(callee.call);
    const { sql } = stage;
    await sql.query(`SELECT crossbar.call('com.quick')`);
    await sql.query(`SET statement_timeout = '250ms'`);
    const error = await errorOf(sql.query(`SELECT crossbar.call('com.hangs')`));
    expect(error).to.include({ code: queryCanceled, message: 'canceling statement due to statement timeout' });
    await callee.aborted(0);
    await sql.query('RESET statement_timeout');
    expect(await value(sql, `SELECT crossbar.call('com.quick')`)).to.equal(1);
    expect(stage.requests.map(({ procedure }) => procedure)).to.deep.equal(['com.quick', 'com.hangs', 'com.quick']);
    await waitFor(() => stage.link.connections === 1, { what: 'the link to have one connection' });
  });

  it('is canceled by pg_cancel_backend, even in a function that catches errors, and in a stream', async () => {
    const callee = hanging();
    await using stage = await openCallStage(callee.call);
    const { sql, database } = stage;
    await using other = await database.connect();
    const pid = await value(sql, 'SELECT pg_backend_pid()');
    for (const [index, statement] of [
      `SELECT crossbar.call('com.hangs')`,
      `DO $$ BEGIN PERFORM crossbar.call('com.hangs'); EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'caught'; END $$`,
      `SELECT crossbar.call_stream('com.hangs')`,
    ].entries()) {
      const outcome = errorOf(sql.query(statement));
      await callee.begun(index);
      await other.query('SELECT pg_cancel_backend($1)', [pid]);
      await callee.aborted(index);
      expect((await outcome).code, statement).to.equal(queryCanceled);
    }
    expect(stage.requests).to.have.length(3);
  });

  it('is canceled when the backend is terminated', async () => {
    const callee = hanging();
    await using stage = await openCallStage(callee.call);
    await using other = await stage.database.connect();
    const pid = await value(other, 'SELECT pg_backend_pid()');
    other.on('error', () => undefined);
    const outcome = errorOf(other.query(`SELECT crossbar.call('com.hangs')`));
    await callee.begun(0);
    await stage.sql.query('SELECT pg_terminate_backend($1)', [pid]);
    await callee.aborted(0);
    expect((await outcome).code).to.equal('57P01');
  });

  it('may wait longer than a tenth of a second, and is sent once', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await using stage = await openCallStage(async () => {
      await promise;
      return { kind: 'result', payload: '"late"', args: null, kwargs: null };
    });
    const begin = performance.now();
    const result = value(stage.sql, `SELECT crossbar.call('com.late')`);
    setTimeout(resolve, 350);
    expect(await result).to.equal('late');
    expect(performance.now() - begin).to.be.at.least(340);
    expect(stage.requests).to.have.length(1);
  });
});
