import { waitFor } from '@pgwamp/harness';
import { openCalleeStage } from '@pgwamp/harness/fixtures/callee-stage';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf as sqlErrorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';
import { createServerRoles } from './support/server-roles.ts';

const worker = { password: 'crossbar_worker' };
const definitions = `
  CREATE FUNCTION who() RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', session_user, current_user) $$;
  CREATE FUNCTION escape() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RETURN current_user; END $$;`;

describe('extra.database.worker of a Callee', () => {
  it('is the login of the sessions that run functions, to which functions can RESET ROLE', async () => {
    await using roles = await createServerRoles('app');
    const { app } = roles.names;
    await using stage = await openCalleeStage(
      `${definitions} REVOKE ${app} FROM crossbar; GRANT ${app} TO crossbar_worker;
       SELECT crossbar.register('com.example.who', 'who()', '{"run_as": "${app}"}'), crossbar.register('com.example.escape', 'escape()', '{"run_as": "${app}"}')`,
      { extra: { worker } },
    );
    expect((await stage.caller.call('com.example.who')).args).to.deep.equal([`crossbar_worker ${app}`]);
    expect((await stage.caller.call('com.example.escape')).args).to.deep.equal(['crossbar_worker']);
    const sessions = await rows<{ usename: string; application_name: string }>(
      stage.sql,
      `SELECT DISTINCT usename, application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ 'callee' ORDER BY 1`,
    );
    expect(sessions).to.deep.equal([
      { usename: 'crossbar', application_name: 'pgwamp callee realm1' },
      { usename: 'crossbar_worker', application_name: 'pgwamp callee realm1 pool' },
    ]);
  });

  it('has to be a member of the roles of functions: SQL names the GRANT, and a role that was granted to crossbar alone is unusable', async () => {
    await using roles = await createServerRoles('app');
    const { app } = roles.names;
    await using stage = await openCalleeStage(
      `${definitions} SELECT crossbar.register('com.example.who', 'who()', '{"run_as": "${app}"}')`,
      { extra: { worker } },
    );
    const state = () =>
      rows<{ state: string; error: string }>(stage.sql, 'SELECT state, error FROM crossbar.registrations');
    await waitFor(async () => (await state())[0]?.state === 'unusable', { what: 'the state' });
    expect(await state()).to.deep.equal([
      {
        state: 'unusable',
        error: `role crossbar_worker cannot run it as role "${app}", which is gone or was not granted to it`,
      },
    ]);
    const register = () =>
      stage.sql.query(`SELECT crossbar.register('com.example.who', 'who()', '{"run_as": "${app}"}')`);
    const { hint = '' } = await sqlErrorOf(register());
    expect(hint).to.equal(`GRANT ${app} TO crossbar_worker;`);
    await stage.sql.query(hint);
    await waitFor(async () => (await state())[0]?.state === 'registered', { what: 'the registration' });
    await register();
    expect((await stage.caller.call('com.example.who')).args).to.deep.equal([`crossbar_worker ${app}`]);
  });
});
