import { waitFor } from '@pgwamp/harness';
import { openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { join } from '@pgwamp/harness/fixtures/join';
import { add2, register } from '@pgwamp/harness/fixtures/register';
import { expect } from 'chai';
import { answerTo, errorOf } from './support/outcome.ts';
import { createServerRoles } from './support/server-roles.ts';

describe('A function that SQL has registered', () => {
  it('is a WAMP procedure: it is called by position or by name, and gives its result or its error', async () => {
    await using stage = await openCalleeStage(`${add2}
      CREATE FUNCTION give(INOUT args jsonb, INOUT kwargs jsonb) RETURNS record LANGUAGE sql AS 'SELECT args, kwargs';
      CREATE FUNCTION pair(a text, b bigint) RETURNS crossbar.result LANGUAGE sql
        AS 'SELECT jsonb_build_array(a, b), jsonb_build_object(a, b)';
      CREATE FUNCTION refuse(reason text) RETURNS void LANGUAGE sql
        AS $$SELECT crossbar.raise('com.example.error.refused', jsonb_build_array(reason), '{"final": true}')$$;
      ${register('com.example.pair', 'pair(text,bigint)')} ${register('com.example.refuse', 'refuse(text)')}`);
    const { caller } = stage;
    expect(await caller.call('com.example.add2', [1, 2])).to.deep.equal({ args: [3], kwargs: {} });
    expect(await caller.call('com.example.add2', [], { b: 5, a: 4 })).to.deep.equal({ args: [9], kwargs: {} });
    expect(JSON.stringify(await caller.call('com.example.pair', ['x', 9223372036854775807n]))).to.equal(
      '{"args":["x",9223372036854775807],"kwargs":{"x":9223372036854775807}}',
    );
    expect(await errorOf(caller.call('com.example.refuse', ['no']))).to.deep.include({
      error: 'com.example.error.refused',
      args: ['no'],
      kwargs: { final: true },
    });
    const wrong = await errorOf(caller.call('com.example.add2', ['one', 2]));
    expect(wrong.error).to.equal('wamp.error.invalid_argument');
    expect(wrong.message).to.include('a: expected integer, found "one"');
    expect(await errorOf(caller.call('com.example.add2', [2147483647, 1]))).to.deep.include({
      error: 'wamp.error.invalid_argument',
      kwargs: { sqlstate: '22003' },
    });
  });

  it('is counted, and shown with its last error', async () => {
    await using stage = await openCalleeStage(add2);
    for (const args of [[1, 2], [3, 4], [1]]) await answerTo(stage.caller.call('com.example.add2', args));
    const view = 'SELECT uri, function, role, state, calls, failed, last_error FROM crossbar.registrations';
    await waitFor(async () => (await stage.sql.query(view)).rows[0].calls === '3', { what: 'the calls to be counted' });
    const [{ last_error, ...row }] = (await stage.sql.query(view)).rows;
    expect(row).to.deep.equal({
      uri: 'com.example.add2',
      function: 'public.add2(integer,integer)',
      role: 'crossbar',
      state: 'registered',
      calls: '3',
      failed: '1',
    });
    expect(last_error).to.include('wamp.error.invalid_argument');
    expect(stage.callee.status()).to.deep.include({ calls: 3, failed: 1, inFlight: 0 });
  });

  it('can be called soon after COMMIT, and no longer after it is unregistered', async () => {
    await using stage = await openCalleeStage(add2);
    const answer = (round: number) => answerTo(stage.caller.call(`com.example.live${round}`, [1, 2]));
    const rounds = [0, 1, 2];
    for (const round of rounds) {
      await stage.sql.query(register(`com.example.live${round}`, 'add2(integer,integer)'));
      await waitFor(async () => Array.isArray(await answer(round)), { what: `registration ${round}` });
    }
    await stage.sql.query(`BEGIN; SELECT crossbar.unregister('com.example.live0'); ROLLBACK`);
    expect(await answer(0)).to.deep.equal([3]);
    for (const round of rounds) {
      await stage.sql.query(`SELECT crossbar.unregister('com.example.live${round}')`);
      const gone = async () => (await answer(round)) === 'wamp.error.no_such_procedure';
      await waitFor(gone, { what: `the end of registration ${round}` });
    }
    expect(stage.callee.status().registrations).to.deep.equal({ registered: 1, refused: 0, unusable: 0 });
  });

  it('answers with the reason after the function was dropped, and with results after it was created again', async () => {
    await using stage = await openCalleeStage(add2);
    const shown = async () => (await stage.sql.query('SELECT state, error FROM crossbar.registrations')).rows[0];
    await stage.sql.query('DROP FUNCTION add2(integer, integer)');
    const dropped = await errorOf(stage.caller.call('com.example.add2', [1, 2]));
    expect(dropped.message).to.match(/add2\(integer,\s?integer\) does not exist/);
    await waitFor(async () => (await shown()).state === 'unusable', { what: 'the view to show it' });
    expect((await shown()).error).to.equal('public.add2(integer,integer) does not exist');
    expect(stage.callee.status().registrations).to.deep.equal({ registered: 0, refused: 0, unusable: 1 });
    expect((await errorOf(stage.caller.call('com.example.add2', [1, 2]))).error).to.match(/^wamp\.error\./);
    await stage.sql.query(
      `CREATE FUNCTION add2(first integer, second integer DEFAULT 100) RETURNS text LANGUAGE sql AS 'SELECT first + second'`,
    );
    await waitFor(async () => (await shown()).state === 'registered', { what: 'the view to show it again' });
    const result = await stage.caller.call('com.example.add2', [], { first: 1 });
    expect(result.args).to.deep.equal(['101']);
  });

  it('runs as its caller with run_as "caller", and sees the rows of the caller', async () => {
    await using roles = await createServerRoles('member', 'guest');
    const { member, guest } = roles.names;
    await using stage = await openCalleeStage(
      `CREATE TABLE note (owner text, text text); INSERT INTO note VALUES ('joe', 'milk'), ('ann', 'bread');
       ALTER TABLE note ENABLE ROW LEVEL SECURITY; GRANT SELECT ON note TO ${member};
       CREATE POLICY own ON note USING (owner = current_setting('crossbar.caller_authid'));
       CREATE FUNCTION notes() RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT text FROM note';
       ${register('com.example.notes', 'notes()', { run_as: 'caller' })}`,
      { extra: { roles: { member, guest } } },
    );
    const notesOf = async (authid: string, authrole: string) => {
      await using session = await join(stage.router, { authid, authrole });
      return await answerTo(session.call('com.example.notes'));
    };
    expect(await notesOf('joe', 'member')).to.deep.equal([['milk']]);
    expect(await notesOf('ann', 'member')).to.deep.equal([['bread']]);
    expect(await notesOf('joe', 'guest')).to.equal('wamp.error.not_authorized');
    expect(await notesOf('joe', 'stranger')).to.equal('wamp.error.not_authorized');
  });
});
