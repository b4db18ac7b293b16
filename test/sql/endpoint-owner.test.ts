import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { expectNoRight, openEndpointStage, registerAndSubscribe } from '@pgwamp/harness/fixtures/sql-endpoints';
import { expect } from 'chai';

const register = `SELECT crossbar.register('com.a', 'add2(integer, integer)')`;

describe('Owner of an endpoint', () => {
  const remove = `SELECT crossbar.unregister('com.a')`;

  it('prevents other roles from replacing or removing it', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    const caller = registerAndSubscribe({ run_as: 'caller' });
    const ids: unknown[] = [];
    for (const statement of caller) ids.push(await as(app, () => value(sql, statement)));
    const before = await rows(sql, 'SELECT * FROM crossbar._endpoint ORDER BY id');
    const hint = `Only role ${app}, its members and superusers may replace or remove it.`;
    const registration = `the registration of 'com.a' belongs to role ${app}`;
    for (const statement of [register, caller[0], remove]) {
      await expectNoRight(stage, stranger, statement, registration, hint);
    }
    const subscription = `the subscription of 'com.a' belongs to role ${app}`;
    for (const statement of [caller[1], `SELECT crossbar.unsubscribe(${ids[1]})`]) {
      await expectNoRight(stage, stranger, statement, subscription, hint);
    }
    expect(await rows(sql, 'SELECT * FROM crossbar._endpoint ORDER BY id')).to.deep.equal(before);
  });

  it('permits members of the role and superusers to replace and remove it, and stays the same', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    const id = await as(app, () => value(sql, register));
    await sql.query(`GRANT ${app} TO ${stranger}`);
    expect(await as(stranger, () => value(sql, register))).to.equal(id);
    const [registration] = await rows(sql, 'SELECT owner, role FROM crossbar.registrations');
    expect(registration).to.deep.equal({ owner: app, role: stranger });
    expect(await as(app, () => value(sql, register))).to.equal(id);
    expect(await value(sql, registerAndSubscribe({ run_as: 'crossbar' })[0])).to.equal(id);
    expect(await as(stranger, () => value(sql, remove))).to.equal(true);
    await as(app, () => value(sql, register));
    expect(await value(sql, remove)).to.equal(true);
  });

  it('limits crossbar.unregister to the matches that the role may remove', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    await as(app, () => sql.query(register));
    await as(stranger, () => sql.query(registerAndSubscribe({ match: 'prefix' })[0]));
    expect(await as(stranger, () => value(sql, remove))).to.equal(true);
    expect(await rows(sql, 'SELECT owner, match FROM crossbar.registrations')).to.deep.equal([
      { owner: app, match: 'exact' },
    ]);
  });

  it('that was dropped leaves the endpoint to superusers', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    await as(app, () => sql.query(register));
    await sql.query(`UPDATE crossbar._endpoint SET owner = 'gone_${app}', role = 'gone_${app}'`);
    const hint = `Only role gone_${app}, its members and superusers may replace or remove it.`;
    await expectNoRight(stage, stranger, remove, `the registration of 'com.a' belongs to role gone_${app}`, hint);
    expect(await value(sql, remove)).to.equal(true);
  });
});
