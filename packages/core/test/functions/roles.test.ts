import type { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { Endpoint } from '../../src/functions/index.ts';
import { ExecutorStage, onlyResult } from '../support/executor-stage.ts';

const definitions = `
  CREATE FUNCTION who() RETURNS text LANGUAGE sql AS 'SELECT current_user || '','' || session_user';
  CREATE FUNCTION setting(name text) RETURNS text LANGUAGE sql AS 'SELECT current_setting(name, true)';
  CREATE SCHEMA private AUTHORIZATION :app;
  CREATE FUNCTION private.guarded() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT ''the secret''';
  ALTER FUNCTION private.guarded() OWNER TO :app;
  CREATE SCHEMA :app AUTHORIZATION :app;
  CREATE FUNCTION :app.shade() RETURNS text LANGUAGE sql AS 'SELECT ''app''';
  ALTER FUNCTION :app.shade() OWNER TO :app;
  CREATE FUNCTION public.shade() RETURNS text LANGUAGE sql AS 'SELECT ''public''';
  CREATE FUNCTION shaded() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN shade(); END';
  CREATE FUNCTION litter() RETURNS text LANGUAGE plpgsql AS $$
  DECLARE found text := concat(current_user, current_setting('search_path'), current_setting('work_mem'), current_setting('my.own', true));
  BEGIN
    PERFORM set_config('search_path', 'nowhere', false), set_config('work_mem', '77MB', false), set_config('my.own', 'x', false);
    SET ROLE crossbar;
    RETURN found;
  END $$;
  CREATE PROCEDURE steps(INOUT seen text) LANGUAGE plpgsql AS $$
  BEGIN
    seen := current_user || ':' || current_setting('crossbar.caller_authid');
    COMMIT;
    seen := seen || ' ' || current_user || ':' || current_setting('crossbar.caller_authid') || ':' || current_setting('work_mem');
    ROLLBACK;
    seen := seen || ' ' || current_user;
  END $$;
`;

describe('Function executor: roles', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(definitions);
    stage.executor({ pool: { size: 1 }, roles: { user: stage.app, admin: stage.other } });
  });

  after(() => stage?.[Symbol.asyncDispose]());

  const callAs = async (endpoint: Endpoint, authrole?: string) =>
    onlyResult(
      await stage.call(endpoint, [], { details: authrole === undefined ? {} : { caller_authrole: authrole } }),
    );

  it('runs a function as the role of the endpoint', async () => {
    const who = await stage.endpoint('public.who()');
    expect(onlyResult(await stage.call(who))).to.equal(`${stage.app},crossbar`);
    expect(onlyResult(await stage.call({ ...who, role: stage.other }))).to.equal(`${stage.other},crossbar`);
  });

  it("runs a function as the role of the caller's authrole with run_as caller, and refuses unmapped authroles", async () => {
    const who = await stage.endpoint('public.who()', { role: null });
    expect(await callAs(who, 'user')).to.equal(`${stage.app},crossbar`);
    expect(await callAs(who, 'admin')).to.equal(`${stage.other},crossbar`);
    for (const authrole of ['guest', '', 'User', 'constructor', '__proto__']) {
      const error = await rejection<WampError>(callAs(who, authrole));
      expect(error.error).to.equal('wamp.error.not_authorized');
      expect(error.args).to.deep.equal([`there is no role in PostgreSQL for authrole "${authrole}"`]);
    }
    const undisclosed = await rejection<WampError>(callAs(who));
    expect(undisclosed.error).to.equal('wamp.error.not_authorized');
    expect(undisclosed.args).to.match(/not disclosed/);
  });

  it('applies the settings and the search_path of the role', async () => {
    const shaded = await stage.endpoint('public.shaded()');
    const setting = await stage.endpoint('public.setting(text)');
    const get = async (name: string, role = stage.app) => onlyResult(await stage.call({ ...setting, role }, [name]));
    expect(onlyResult(await stage.call(shaded)), 'of the schema that is named like the role').to.equal('app');
    expect(onlyResult(await stage.call({ ...shaded, role: stage.other }))).to.equal('public');
    await stage.define(`
      ALTER ROLE :app SET search_path = public, private; ALTER ROLE :app SET work_mem = '5555kB';
      ALTER ROLE :app SET "my.Setting" = 'it''s'; ALTER ROLE :app SET log_statement = 'all';
      ALTER ROLE :app SET client_encoding = 'LATIN1'; ALTER ROLE :app SET bytea_output = 'escape';
      ALTER ROLE :app SET crossbar.caller_authid = 'forged'; ALTER ROLE :app IN DATABASE ${stage.database.name} SET work_mem = '6666kB'`);
    expect(onlyResult(await stage.call(shaded))).to.equal('public');
    expect(await get('work_mem')).to.equal('6666kB');
    expect(await get('my.Setting')).to.equal(`it's`);
    expect(await get('log_statement'), 'role crossbar must not set it').to.equal('none');
    expect(await get('client_encoding'), 'we could not read what comes').to.equal('UTF8');
    expect(await get('crossbar.caller_authid')).to.equal('');
    expect(await get('work_mem', stage.other), 'not those of another role').to.equal('4MB');
    await stage.define(`ALTER ROLE :app RESET ALL; ALTER ROLE :app IN DATABASE ${stage.database.name} RESET ALL`);
    expect(await get('work_mem')).to.equal('4MB');
  });

  it('begins transactions with the default_transaction settings of the role', async () => {
    const setting = await stage.endpoint('public.setting(text)');
    const get = async (name: string, role = stage.app) => onlyResult(await stage.call({ ...setting, role }, [name]));
    await stage.define(
      `ALTER ROLE :app SET default_transaction_isolation = 'repeatable read'; ALTER ROLE :app SET default_transaction_read_only = on`,
    );
    expect(await get('transaction_isolation')).to.equal('repeatable read');
    expect(await get('transaction_read_only')).to.equal('on');
    expect(await get('transaction_isolation', stage.other)).to.equal('read committed');
    expect(await get('transaction_read_only', stage.other)).to.equal('off');
    await stage.define(`CREATE FUNCTION changing() RETURNS void LANGUAGE sql AS 'SELECT'`);
    const changing = await stage.endpoint('public.changing()');
    await stage.call(changing);
    await stage.define(
      `DROP FUNCTION changing(); CREATE FUNCTION changing() RETURNS text LANGUAGE sql AS 'SELECT ''changed'''`,
    );
    expect(await stage.call(changing), 'a statement that was prepared is prepared anew').to.include({
      args: '["changed"]',
    });
    await stage.define('ALTER ROLE :app RESET ALL');
    expect(await get('transaction_isolation')).to.equal('read committed');
  });

  it('passes arguments unchanged for any settings of the database', async () => {
    await stage.define(`CREATE FUNCTION listed(list text[], data bytea) RETURNS jsonb LANGUAGE sql
        AS $$ SELECT jsonb_build_array(list, data, ARRAY(SELECT item IS NULL FROM unnest(list) AS item)) $$;
      ALTER DATABASE ${stage.database.name} SET array_nulls = off; ALTER DATABASE ${stage.database.name} SET bytea_output = escape;
      ALTER DATABASE ${stage.database.name} SET standard_conforming_strings = off; ALTER DATABASE ${stage.database.name} SET escape_string_warning = off;
      ALTER DATABASE ${stage.database.name} SET DateStyle = 'SQL, DMY'; ALTER DATABASE ${stage.database.name} SET quote_all_identifiers = on`);
    await using executor = stage.executor();
    const endpoint = await stage.endpoint('public.listed(text[],bytea)');
    const given = { endpoint, args: [['a\\', null, 'NULL'], new Uint8Array([1, 255])], kwargs: {}, details: {} };
    expect(onlyResult(await executor.call(given))).to.deep.equal([
      ['a\\', null, 'NULL'],
      '\\x01ff',
      [false, true, false],
    ]);
    await stage.define(`ALTER DATABASE ${stage.database.name} RESET ALL`);
  });

  it('restores role and settings after any function', async () => {
    const litter = await stage.endpoint('public.litter()');
    const first = onlyResult(await stage.call(litter));
    expect(first).to.match(new RegExp(`^${stage.app}"\\$user", public4MB`));
    expect(onlyResult(await stage.call(litter))).to.equal(first);
    expect(await stage.value('public.who()')).to.equal(`${stage.app},crossbar`);
  });

  it('keeps role and settings after COMMIT and ROLLBACK in a procedure', async () => {
    await stage.define(`ALTER ROLE :app SET work_mem = '7MB'`);
    const steps = await stage.endpoint('public.steps(text)');
    const result = onlyResult(await stage.call(steps, [''], { details: { caller_authid: 'joe' } }));
    expect(result).to.equal(`${stage.app}:joe ${stage.app}:joe:7MB ${stage.app}`);
    await stage.define('ALTER ROLE :app RESET ALL');
  });

  it('checks privileges again if the same function runs as another role', async () => {
    const guarded = await stage.endpoint('private.guarded()', { role: null });
    expect(await callAs(guarded, 'user')).to.equal('the secret');
    const error = await rejection<WampError>(callAs(guarded, 'admin'));
    expect(error.error).to.equal('wamp.error.not_authorized');
    expect(error.args).to.deep.equal(['permission denied for schema private']);
  });

  it('answers with wamp.error.unavailable if the role is missing or not granted to crossbar', async () => {
    const who = await stage.endpoint('public.who()');
    const refused = async (role: string) => {
      const { error, args } = await rejection<WampError>(stage.call({ ...who, role }));
      expect(error).to.equal('wamp.error.unavailable');
      return args[0];
    };
    expect(await refused('nobody')).to.equal(
      'the function cannot run as role "nobody": it does not exist, or was not granted to role crossbar',
    );
    await stage.sql.query(`REVOKE ${stage.other} FROM crossbar`);
    expect(await refused(stage.other), 'before the roles were looked at again').to.match(
      /^the function cannot run as role .*permission denied to set role/,
    );
    await stage.define('SELECT');
    expect(await refused(stage.other)).to.match(/was not granted to role crossbar$/);
    await stage.define('GRANT :other TO crossbar');
    const names = [`"; DROP TABLE x; --`, `*/ SELECT 1 /*`, 'ä " \' \\'].map((name) => `${name}${stage.app}`);
    for (const name of names) {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      await stage.sql.query(`CREATE ROLE ${quoted}; GRANT ${quoted} TO crossbar`);
    }
    try {
      await stage.look(names);
      for (const role of names) expect(onlyResult(await stage.call({ ...who, role }))).to.equal(`${role},crossbar`);
    } finally {
      for (const name of names) await stage.sql.query(`DROP ROLE "${name.replaceAll('"', '""')}"`);
    }
    expect(await refused(names[0] ?? '')).to.match(/role .* does not exist$/);
  });
});
