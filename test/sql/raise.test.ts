import { openDatabaseStage } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';

describe('crossbar.raise', () => {
  it('raises CB001 with a message for people and a DETAIL for programs', async () => {
    await using stage = await openDatabaseStage();
    const call = `SELECT crossbar.raise('com.example.error.full', '["the box is full", 9007199254740993]', '{"size": 1.50}')`;
    const error = await errorOf(stage.sql.query(call));
    expect(error).to.include({ code: 'CB001', message: 'com.example.error.full: the box is full' });
    expect(error.detail).to.equal(
      '{"args": ["the box is full", 9007199254740993], "error": "com.example.error.full", "kwargs": {"size": 1.50}}',
    );
  });

  it('uses empty arguments by default', async () => {
    await using stage = await openDatabaseStage();
    const error = await errorOf(stage.sql.query(`SELECT crossbar.raise('com.example.error')`));
    expect(error.message).to.equal('com.example.error');
    expect(error.detail).to.equal('{"args": [], "error": "com.example.error", "kwargs": {}}');
  });

  it('may raise the errors of WAMP', async () => {
    await using stage = await openDatabaseStage();
    const error = await errorOf(stage.sql.query(`SELECT crossbar.raise('wamp.error.not_authorized')`));
    expect(error).to.include({ code: 'CB001', message: 'wamp.error.not_authorized' });
  });

  it('refuses an invalid error URI, args or kwargs', async () => {
    await using stage = await openDatabaseStage();
    for (const [call, message] of [
      [`NULL`, 'error is not a WAMP URI: NULL'],
      [`'no uri'`, `error is not a WAMP URI: 'no uri'`],
      [`'com.example.error', '{}'`, 'args is a JSON object, not an array'],
      [`'com.example.error', NULL, '[]'`, 'kwargs is a JSON array, not an object'],
    ]) {
      const error = await errorOf(stage.sql.query(`SELECT crossbar.raise(${call})`));
      expect(error).to.include({ code: '22023', message });
      expect(error.hint).to.be.a('string');
    }
  });

  it('can be caught, and can be called by a role without privileges', async () => {
    await using stage = await openDatabaseStage();
    await using roles = await createRoles(stage.sql, 1);
    await stage.sql.query(`SET ROLE ${roles.names[0]}`);
    await stage.sql.query(`DO $$ BEGIN
      PERFORM crossbar.raise('com.example.error');
      RAISE 'not reached';
    EXCEPTION WHEN SQLSTATE 'CB001' THEN NULL; END $$`);
    await stage.sql.query('RESET ROLE');
  });
});
