import { openDatabaseStage, rows } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import { publicCalls } from './support/public-calls.ts';

/** The errors of a permitted call here: there is no Caller and no Proxy. */
const allowedErrors = ['08001', '42704'];

const insufficientPrivilege = '42501';
/** The functions that every role may use: the router authorizes publications. */
const forEverybody = ['publish(text,jsonb,jsonb,jsonb,boolean)', 'publish_row_change()', 'raise(text,jsonb,jsonb)'];

describe('Public function that requires a privilege', () => {
  it('is listed in this test', async () => {
    await using stage = await openDatabaseStage();
    const found = await rows<{ signature: string }>(
      stage.sql,
      `SELECT replace(oid::regprocedure::text, 'crossbar.', '') AS signature FROM pg_proc
       WHERE pronamespace = 'crossbar'::regnamespace AND proname !~ '^_'`,
    );
    expect(found.map(({ signature }) => signature)).to.have.members([...Object.keys(publicCalls), ...forEverybody]);
  });

  for (const [signature, call] of Object.entries(publicCalls)) {
    it(`names the GRANT statement in its error, and works after it: ${signature}`, async () => {
      await using stage = await openDatabaseStage();
      const { sql } = stage;
      await using roles = await createRoles(sql, 2);
      const [app = '', member = ''] = roles.names;
      await sql.query(`GRANT ${app} TO ${member}; GRANT ${app} TO crossbar; SET ROLE ${app}`);
      const error = await errorOf(sql.query(`SELECT crossbar.${call}`));
      expect(error.code).to.equal(insufficientPrivilege);
      expect(error.message).to.match(new RegExp(`^role ${app} may not (execute|call) `));
      expect(error.hint).to.match(/^(GRANT EXECUTE ON ROUTINE|SELECT crossbar\.grant_call\().*;$/);
      await sql.query('RESET ROLE');
      await sql.query(error.hint ?? '');
      for (const role of [app, member]) {
        await sql.query(`BEGIN; SET LOCAL ROLE ${role}`);
        const run =
          signature.startsWith('register') || signature.startsWith('subscribe')
            ? `${call.slice(0, -1)}, '{"run_as": "${app}"}')`
            : call;
        const code = await sql.query(`SELECT crossbar.${run}`).then(
          () => undefined,
          (refusal: { code: string }) => refusal.code,
        );
        if (code !== undefined) expect(allowedErrors, `${role} ${code}`).to.include(code);
        await sql.query('ROLLBACK');
      }
      await sql.query(`DROP OWNED BY ${app}`);
    });
  }

  it('ignores grants to PUBLIC, also after a restore without privileges', async () => {
    await using stage = await openDatabaseStage();
    const { sql } = stage;
    await using roles = await createRoles(sql, 1);
    await sql.query(`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA crossbar TO PUBLIC; SET ROLE ${roles.names[0]}`);
    for (const call of Object.values(publicCalls)) {
      expect((await errorOf(sql.query(`SELECT crossbar.${call}`))).code, call).to.equal(insufficientPrivilege);
    }
    await sql.query('RESET ROLE');
  });
});
