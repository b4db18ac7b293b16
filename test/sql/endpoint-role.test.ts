import { randomBytes } from 'node:crypto';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { expectNoRight, openEndpointStage, registerAndSubscribe } from '@pgwamp/harness/fixtures/sql-endpoints';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createNamedRole } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';

const undefinedObject = '42704';

const register = `SELECT crossbar.register('com.a', 'add2(integer, integer)')`;
const justTheRights = 'Use the option run_as with a role that has just the rights that the function needs.';

describe('Role of an endpoint', () => {
  it('has to be granted to pgwamp', async () => {
    await using stage = await openEndpointStage();
    await stage.sql.query(`REVOKE ${stage.app} FROM crossbar`);
    const message = `pgwamp may not run a function as role ${stage.app}`;
    for (const statement of registerAndSubscribe({})) {
      await expectNoRight(stage, stage.app, statement, message, `GRANT ${stage.app} TO crossbar;`);
    }
    const version = Number(await value(stage.sql, `SELECT current_setting('server_version_num')`));
    if (version < 160_000) return;
    await stage.sql.query(`GRANT ${stage.app} TO crossbar WITH SET FALSE`);
    await expectNoRight(stage, stage.app, register, message, `GRANT ${stage.app} TO crossbar;`);
  });

  it('cannot be a superuser, and crossbar only with run_as', async () => {
    await using stage = await openEndpointStage();
    const superuser = stage.database.config.user;
    for (const role of [superuser, 'crossbar']) {
      for (const statement of registerAndSubscribe({})) {
        await expectNoRight(stage, role, statement, `pgwamp may not run a function as role ${role}`, justTheRights);
      }
    }
    for (const role of ['crossbar', superuser]) {
      await stage.as(role, () => stage.sql.query(registerAndSubscribe({ run_as: 'crossbar' }).join(';')));
    }
    const roles = await rows(stage.sql, 'SELECT kind, owner, role FROM crossbar._endpoint ORDER BY id');
    expect(roles).to.deep.equal([
      { kind: 'registration', owner: 'crossbar', role: 'crossbar' },
      { kind: 'subscription', owner: 'crossbar', role: 'crossbar' },
    ]);
  });

  it('may be another one with run_as, if the owner is a member of it', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    const message = `role ${app} may not register a function that runs as role ${stranger}`;
    for (const statement of registerAndSubscribe({ run_as: stranger })) {
      await expectNoRight(stage, app, statement, message, `GRANT ${stranger} TO ${app};`);
    }
    const crossbar = `role ${app} may not register a function that runs as role crossbar`;
    await expectNoRight(stage, app, registerAndSubscribe({ run_as: 'crossbar' })[0], crossbar, justTheRights);
    await sql.query(`GRANT ${stranger} TO ${app}`);
    for (const statement of registerAndSubscribe({ run_as: stranger })) await as(app, () => sql.query(statement));
    const roles = await rows(sql, 'SELECT DISTINCT owner, role FROM crossbar._endpoint');
    expect(roles).to.deep.equal([{ owner: app, role: stranger }]);
  });

  it('has to exist, with exactly this name', async () => {
    await using stage = await openEndpointStage();
    await using long = await createNamedRole(stage.sql, randomBytes(32).toString('hex').slice(1));
    const injected = [`crossbar'; DROP TABLE crossbar._endpoint; --`, 'crossbar"', '"crossbar"'];
    const wrong = ['nobody', '', 'Crossbar', 'CALLER', 'public', 'none', `${long.name}0`, ...injected];
    for (const name of wrong) {
      for (const statement of ['register', 'subscribe']) {
        const call = `SELECT crossbar.${statement}('com.a', 'add2(integer, integer)', jsonb_build_object('run_as', $1::text))`;
        const error = await errorOf(stage.sql.query(call, [name]));
        const found = `'${name.replaceAll("'", "''")}'`;
        expect(error.message).to.equal(`option 'run_as' names a role that does not exist: ${found}`);
        expect(error.code).to.equal(undefinedObject);
        expect(error.hint).to.equal(`Option 'run_as' is the name of a role, or "caller".`);
      }
    }
  });

  it('may have any name that PostgreSQL accepts', async () => {
    await using stage = await openEndpointStage();
    const { sql, as } = stage;
    const random = randomBytes(4).toString('hex');
    for (const odd of [`a "b"; DROP TABLE crossbar._endpoint; -- ${random}`, `o'\\ü€ ${random}`, `Caller ${random}`]) {
      await using role = await createNamedRole(sql, odd);
      await sql.query(`GRANT EXECUTE ON FUNCTION crossbar.register, crossbar.unregister TO ${role.quoted}`);
      const message = `pgwamp may not run a function as role ${role.quoted}`;
      const hint = `GRANT ${role.quoted} TO crossbar;`;
      await expectNoRight(stage, role.quoted, register, message, hint);
      await sql.query(hint);
      await as(role.quoted, () => sql.query(register));
      const [registered] = await rows(sql, 'SELECT owner, role FROM crossbar.registrations');
      expect(registered).to.deep.equal({ owner: odd, role: odd });
      await expectNoRight(
        stage,
        stage.app,
        register,
        `the registration of 'com.a' belongs to role ${role.quoted}`,
        `Only role ${role.quoted}, its members and superusers may replace or remove it.`,
      );
      expect(await as(role.quoted, () => value(sql, `SELECT crossbar.unregister('com.a')`))).to.equal(true);
    }
  });
});
