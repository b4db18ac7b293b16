import { type Connection, waitFor, withDeadline } from '@pgwamp/harness';
import { type CallerStage, openCallerStage } from '@pgwamp/harness/fixtures/caller-stage';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';
import { endless, registerEndless } from './support/endless.ts';

async function processId(sql: Connection): Promise<number> {
  return (await sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;
}

describe('A statement that waits for a call', () => {
  it('can be canceled, and the session remains usable', async () => {
    await using stage = await openCallerStage();
    const { sql, database, callee } = stage;
    const state = await registerEndless(stage.callee);
    await callee.register('com.example.two', () => 2);
    await using other = await database.connect();
    const pid = await processId(sql);
    for (const round of [1, 2, 3]) {
      const canceled = errorOf(sql.query(endless));
      await waitFor(() => state.called === round, { what: 'the call' });
      await other.query('SELECT pg_cancel_backend($1)', [pid]);
      await waitFor(() => state.interrupted === round, { what: 'the INTERRUPT' });
      expect(await canceled).to.include({ code: '57014', message: 'canceling statement due to user request' });
      expect(await stage.one(`SELECT crossbar.call('com.example.two')`)).to.equal('2');
    }
    await waitFor(() => stage.caller.status().inFlight === 0, { what: 'the calls to be over' });
    expect(stage.caller.status()).to.deep.include({ calls: 6, failed: 3, state: 'running' });
  });

  for (const [what, statement] of [
    ['crossbar.call', endless],
    ['crossbar.call_stream', `SELECT crossbar.call_stream('com.example.endless')`],
  ] as const) {
    it(`is canceled by pg_cancel_backend and by statement_timeout, and the callee of ${what} is interrupted`, async () => {
      await using stage = await openCallerStage();
      const { sql, database, callee } = stage;
      const state = await registerEndless(callee);
      await using other = await database.connect();
      const pid = await processId(sql);
      const ends = {
        pg_cancel_backend: async (round: number) => {
          const canceled = errorOf(sql.query(statement));
          await waitFor(() => state.called === round, { what: 'the call' });
          await other.query('SELECT pg_cancel_backend($1)', [pid]);
          return { canceled };
        },
        statement_timeout: async () => {
          await sql.query('SET statement_timeout = 400');
          return { canceled: errorOf(sql.query(statement)) };
        },
      };
      for (const end of Object.values(ends)) {
        for (let round = 0; round < 3; round += 1) {
          const number = state.interrupted + 1;
          const { canceled } = await end(number);
          await waitFor(() => state.interrupted === number, { what: 'the INTERRUPT' });
          expect(await canceled).to.include({ code: '57014' });
        }
      }
    });
  }

  it('ends with its statement_timeout, and with its session', async () => {
    await using stage = await openCallerStage();
    const state = await registerEndless(stage.callee);
    await stage.sql.query('SET statement_timeout = 100');
    const late = await errorOf(stage.sql.query(endless));
    expect(late).to.include({ code: '57014', message: 'canceling statement due to statement timeout' });
    await waitFor(() => state.interrupted === 1, { what: 'the INTERRUPT' });
    await using other = await stage.database.connect();
    const ended = errorOf(other.query(endless));
    await waitFor(() => state.called === 2, { what: 'the call' });
    await stage.sql.query('RESET statement_timeout');
    await stage.sql.query('SELECT pg_terminate_backend($1)', [await pidOf(stage, endless)]);
    expect(await ended).to.include({ code: '57P01' });
    await waitFor(() => state.interrupted === 2, { what: 'the INTERRUPT', deadline: 3000 });
  });

  it('is not delayed by a callee that ignores the INTERRUPT', async () => {
    await using stage = await openCallerStage({ router: {} });
    await stage.callee.register('com.example.endless', () => new Promise(() => undefined));
    await stage.sql.query('SET statement_timeout = 100');
    for (let round = 0; round < 3; round += 1) {
      const late = await withDeadline(errorOf(stage.sql.query(endless)), 1000, 'the end of the statement');
      expect(late).to.include({ code: '57014' });
    }
    await waitFor(() => stage.caller.status().inFlight === 0, { what: 'the calls to be over' });
  });
});

/** The server process that runs a statement. */
async function pidOf({ sql }: CallerStage, query: string): Promise<number> {
  const { rows } = await sql.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE query = $1 AND state = 'active' AND datname = current_database()`,
    [query],
  );
  return rows[0]?.pid ?? 0;
}
