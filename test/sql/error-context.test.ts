import type { Connection } from '@pgwamp/harness';
import { openLink, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { openDatabaseStage } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';

/** Wrong calls of each public function, and which function the CONTEXT of their errors may name. */
const wrongCalls: readonly (readonly [call: string, named: string])[] = [
  // A part of the statement that calls it, and so never in a CONTEXT itself.
  [`publish('no topic')`, '_check_and_publish'],
  [`publish('com.a', '{}')`, '_check_and_publish'],
  [`publish('com.a', NULL, NULL, '{"absent": 1}')`, '_check_and_publish'],
  [`raise('no uri')`, 'raise'],
  [`raise('com.a', '{}')`, 'raise'],
  [`raise('com.a', '[1]')`, 'raise'],
  [`register('no uri', 'pg_backend_pid()')`, 'register'],
  [`register('com.a', 'count("any")')`, 'register'],
  [`register('com.a', 'pg_backend_pid()', '[]')`, 'register'],
  [`register('com.a', 'pg_backend_pid()', '{"absent": 1}')`, 'register'],
  [`register('com.a', 'pg_backend_pid()', '{"match": 1}')`, 'register'],
  [`register('com..a', 'pg_backend_pid()', '{"match": "prefix"}')`, 'register'],
  [`register('com.a', 'pg_backend_pid()', '{"run_as": "absent"}')`, 'register'],
  [`register('com.a', 'pg_backend_pid()', '{"run_as": "caller", "disclose_caller": false}')`, 'register'],
  [`register('com.a', 'pg_backend_pid()')`, 'register'],
  [`subscribe('wamp.a', 'pg_backend_pid()')`, 'subscribe'],
  [`subscribe('com.a', 'array_in(cstring, oid, integer)')`, 'subscribe'],
  [`grant_call('absent', 'com.a')`, 'grant_call'],
  [`grant_call('public', 'com a')`, 'grant_call'],
  [`rewind_proxy('absent', 'absent')`, 'rewind_proxy'],
  [`call('no uri')`, 'call'],
  [`call('com.a', '{}')`, 'call'],
  [`call('com.a', NULL, NULL, '{"timeout": "long"}')`, 'call'],
  [`call_each('no uri', '{}')`, 'call_each'],
  [`call_each('com.a', NULL)`, 'call_each'],
  [`call_async('no uri')`, 'call_async'],
  [`call_async('com.a', NULL, NULL, '{"handler": "absent"}')`, 'call_async'],
];

/** The functions that a CONTEXT names. */
function namedIn(context: string | undefined): string[] {
  return [...(context ?? '').matchAll(/function (?:crossbar\.)?"?(\w+)/g)].map(([, name = '']) => name);
}

/** Calls that a test leaves without an answer. A function in SQL cannot raise, so crossbar.call_stream has one behind it that does. */
const unanswered = {
  [`call('com.a')`]: ['call'],
  [`call_each('com.a', '{"[]"}')`]: ['call_each'],
  [`call_stream('com.a')`]: ['_next_of_stream', 'call_stream'],
};

function expectNamed(error: { message: string; where?: string }, named: readonly string[]): void {
  const text = `${error.message}\n${error.where}`;
  expect(namedIn(error.where), text).to.deep.equal(named);
  expect(text).not.to.include('SQL expression').and.not.to.include('SQL statement');
}

/** Expects of each way to call and wait that it fails with a message, in its own name. */
async function expectOwnContext(sql: Connection, message: RegExp): Promise<void> {
  for (const [call, named] of Object.entries(unanswered)) {
    const error = await errorOf(sql.query(`SELECT crossbar.${call}`));
    expect(error.message, call).to.match(message);
    expectNamed(error, named);
  }
}

describe('CONTEXT of an error', () => {
  it('contains the called function, and no internal one', async () => {
    await using stage = await openDatabaseStage();
    for (const [call, named] of wrongCalls) {
      const error = await errorOf(stage.sql.query(`SELECT crossbar.${call}`));
      expect(namedIn(error.where), `${call}: ${error.message}\n${error.where}`).to.deep.equal([named]);
      expect(error.where, call).not.to.include('SQL statement');
    }
  });

  it('contains no other function if a privilege is missing', async () => {
    await using stage = await openDatabaseStage();
    await using roles = await createRoles(stage.sql, 1);
    await stage.sql.query(`SET ROLE ${roles.names[0]}`);
    for (const call of [
      `register('com.a', 'pg_backend_pid()')`,
      `subscribe('com.a', 'pg_backend_pid()')`,
      `unregister('com.a')`,
      'unsubscribe(1)',
      `grant_call('public', 'com.a')`,
      `revoke_call('public', 'com.a')`,
      `call('com.a')`,
      `call_each('com.a', '{}')`,
      `call_async('com.a')`,
      `accept_gap('a')`,
      `pause_proxy('a')`,
      `resume_proxy('a')`,
      `rewind_proxy('a', 'a')`,
      'retry_parked(1)',
      `retry_parked('a')`,
      'discard_parked(1)',
      `discard_parked('a')`,
    ]) {
      const error = await errorOf(stage.sql.query(`SELECT crossbar.${call}`));
      expect(namedIn(error.where), `${call}: ${error.message}`).to.deep.equal([call.split('(')[0]]);
    }
    await stage.sql.query('RESET ROLE');
  });

  it('contains the trigger function that was created with wrong arguments', async () => {
    await using stage = await openDatabaseStage();
    for (const args of [`'no topic'`, `'com.a', '[]'`, `'com.a', '{"include": ["absent"]}'`]) {
      await stage.sql.query(
        `DROP TABLE IF EXISTS wrong; CREATE TABLE wrong (n integer);
         CREATE TRIGGER wrong AFTER INSERT ON wrong FOR EACH ROW EXECUTE FUNCTION crossbar.publish_row_change(${args})`,
      );
      const error = await errorOf(stage.sql.query('INSERT INTO wrong VALUES (1)'));
      expect(namedIn(error.where), `${args}: ${error.message}`).to.deep.equal(['publish_row_change']);
    }
  });

  it('contains only crossbar.call if the procedure answers with an error', async () => {
    await using stage = await openDatabaseStage();
    await using _link = await openLink(stage.database, async () => ({
      kind: 'error',
      payload: 'com.example.error',
      args: '["no"]',
      kwargs: null,
    }));
    for (const [call, named] of [
      [`call('com.a')`, 'call'],
      [`call_each('com.a', '{"[]"}', NULL, '{"on_error": "raise"}')`, 'call_each'],
    ]) {
      const error = await errorOf(stage.sql.query(`SELECT crossbar.${call}`));
      expect(error.message, call).to.equal('com.example.error: no');
      expect(namedIn(error.where), call).to.deep.equal([named]);
    }
  });

  it('contains no other function if no Caller runs or dblink is missing', async () => {
    await using stage = await openDatabaseStage();
    await expectOwnContext(stage.sql, /^no Caller is running$/);
    await stage.sql.query(`REVOKE USAGE ON SCHEMA crossbar_dblink FROM crossbar`);
    await expectOwnContext(stage.sql, /needs the extension dblink/);
  });

  it('contains no other function if Callers of several realms run', async () => {
    await using stage = await openDatabaseStage();
    await using _link = await openLink(stage.database, returns('1'));
    await using _other = await openLink(stage.database, returns('1'), { realm: 'realm2' });
    await expectOwnContext(stage.sql, /^there are Callers for several realms$/);
    const error = await errorOf(stage.sql.query(`SELECT crossbar.call_async('com.a')`));
    expect(error.message).to.equal('there are Callers for several realms');
    expect(namedIn(error.where)).to.deep.equal(['call_async']);
  });

  it('contains no other function if the Caller is lost', async () => {
    await using stage = await openDatabaseStage();
    for (const [call, named] of Object.entries(unanswered)) {
      const begun = Promise.withResolvers<void>();
      await using caller = await openLink(stage.database, () => {
        begun.resolve();
        return new Promise(() => undefined);
      });
      const outcome = errorOf(stage.sql.query(`SELECT crossbar.${call}`));
      await begun.promise;
      await caller.link.close();
      const error = await outcome;
      expect(error.message, call).to.match(/^the Caller was lost after the call was sent/);
      expectNamed(error, named);
    }
  });

  it('contains no other function if a call is canceled', async () => {
    await using stage = await openDatabaseStage();
    await using other = await stage.database.connect();
    const { rows } = await stage.sql.query('SELECT pg_backend_pid() AS pid');
    const begun: PromiseWithResolvers<void>[] = [];
    await using _link = await openLink(stage.database, () => {
      begun.at(-1)?.resolve();
      return new Promise(() => undefined);
    });
    for (const [call, named] of Object.entries(unanswered)) {
      const next = Promise.withResolvers<void>();
      begun.push(next);
      const outcome = errorOf(stage.sql.query(`SELECT crossbar.${call}`));
      await next.promise;
      await other.query('SELECT pg_cancel_backend($1)', [rows[0].pid]);
      const error = await outcome;
      expect(error, call).to.include({
        code: '57014',
        message: 'canceling statement due to user request',
        hint: 'The Caller cancels the call.',
      });
      expectNamed(error, named);
    }
  });
});
