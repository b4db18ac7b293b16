import { waitFor } from '@pgwamp/harness';
import { openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { answerTo, errorOf } from './support/outcome.ts';
import { createServerRoles } from './support/server-roles.ts';

describe('a registered function that was dropped', () => {
  it('is not replaced by one of another owner, until it is registered again', async () => {
    await using roles = await createServerRoles('owner', 'thief');
    const { owner, thief } = roles.names;
    const made = (result: string) =>
      `CREATE FUNCTION shared.give() RETURNS text LANGUAGE sql AS $$ SELECT '${result}' $$`;
    await using stage = await openCalleeStage(
      `CREATE SCHEMA shared; GRANT ALL ON SCHEMA shared TO ${owner}, ${thief}; SET ROLE ${owner}; ${made('ours')}; RESET ROLE;
       SELECT crossbar.register('com.example.give', 'shared.give()', '{"run_as": "${owner}"}')`,
    );
    const { sql, caller } = stage;
    const state = () =>
      rows<{ state: string; error: string | null }>(sql, 'SELECT state, error FROM crossbar.registrations');
    const becomes = (wanted: string) =>
      waitFor(async () => (await state())[0]?.state === wanted, { what: `the state ${wanted}` });
    expect(await answerTo(caller.call('com.example.give'))).to.deep.equal(['ours']);

    await sql.query(`SET ROLE ${owner}; DROP FUNCTION shared.give(); SET ROLE ${thief}; ${made('stolen')}; RESET ROLE`);
    // Also before the Callee has seen the change.
    const error = await errorOf(caller.call('com.example.give'));
    const problem = `shared.give() belongs to role ${thief}, and belonged to ${owner} when it was registered: register it again`;
    expect([error.error, error.message.includes(problem)]).to.deep.equal(
      ['wamp.error.unavailable', true],
      error.message,
    );
    await becomes('unusable');
    expect(await state()).to.deep.equal([{ state: 'unusable', error: problem }]);

    await sql.query(`SELECT crossbar.register('com.example.give', 'shared.give()', '{"run_as": "${owner}"}')`);
    await becomes('registered');
    expect(await answerTo(caller.call('com.example.give'))).to.deep.equal(['stolen']);

    await sql.query(`SET ROLE ${thief}; DROP FUNCTION shared.give(); ${made('again')}; RESET ROLE`);
    await waitFor(async () => String(await answerTo(caller.call('com.example.give'))) === 'again', {
      what: 'the new body',
    });
    await sql.query(`DROP SCHEMA shared CASCADE`);
  });
});
