import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { rows, value } from '../support/sql-database.ts';
import { type EndpointStage, openEndpointStage } from '../support/sql-endpoints.ts';
import { errorOf, type SqlError } from '../support/sql-error.ts';

const insufficientPrivilege = '42501';
const undefinedObject = '42704';

const register = `SELECT crossbar.register('com.a', 'add2(integer, integer)')`;
const justTheRights = 'Use the option run_as with a role that has just the rights that the function needs.';

/** Registering, and subscribing, with options. */
const both = (options: object) =>
  ['register', 'subscribe'].map(
    (name) => `SELECT crossbar.${name}('com.a', 'add2(integer, integer)', '${JSON.stringify(options)}')`,
  );

/** Like `crossbar.as`, of a statement that has to fail. */
function refusal({ sql, as }: EndpointStage, role: string, statement: string): Promise<SqlError> {
  return as(role, () => errorOf(sql.query(statement)));
}

async function expectRefusal(stage: EndpointStage, role: string, statement: string, message: string, hint: string) {
  const error = await refusal(stage, role, statement);
  expect(error, statement).to.include({ code: insufficientPrivilege, message, hint });
}

describe('who may register and subscribe', () => {
  it('is granted function by function, and nobody else may', async () => {
    await using stage = await openEndpointStage();
    const functions = { register, subscribe: both({})[1] ?? '', unregister: `SELECT crossbar.unregister('com.a')` };
    const statements = Object.entries({ ...functions, unsubscribe: 'SELECT crossbar.unsubscribe(1)' });
    for (const [name, statement] of statements) {
      await stage.sql.query(`REVOKE EXECUTE ON FUNCTION crossbar.${name} FROM ${stage.app}`);
      const error = await refusal(stage, stage.app, statement);
      expect(error).to.include({ code: insufficientPrivilege, message: `permission denied for function ${name}` });
      await stage.as(stage.stranger, () => stage.sql.query(statement));
    }
  });

  it('is the role of the session, not the owner of a function with SECURITY DEFINER that it calls', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    await sql.query(
      `CREATE FUNCTION trap() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ ${register} $$;
       ALTER FUNCTION trap() OWNER TO ${stranger}; REVOKE EXECUTE ON FUNCTION crossbar.register FROM ${app}`,
    );
    await expectRefusal(
      stage,
      app,
      'SELECT trap()',
      `role ${app} may not execute crossbar.register(text,regprocedure,jsonb)`,
      `GRANT EXECUTE ON ROUTINE crossbar.register(text,regprocedure,jsonb) TO ${app};`,
    );
    await as(stranger, () => sql.query('SELECT trap()'));
    expect(await value(sql, 'SELECT registrar FROM crossbar.registrations')).to.equal(stranger);
  });

  it('must be allowed to execute the function', async () => {
    await using stage = await openEndpointStage();
    await stage.sql.query('REVOKE EXECUTE ON FUNCTION add2 FROM public');
    const message = `role ${stage.app} may not execute public.add2(integer,integer)`;
    const hint = `GRANT EXECUTE ON ROUTINE public.add2(integer,integer) TO ${stage.app};`;
    for (const statement of [...both({}), ...both({ run_as: 'caller' })]) {
      await expectRefusal(stage, stage.app, statement, message, hint);
    }
  });

  it('stays the same however objects of a session are named', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, as } = stage;
    await sql.query(`GRANT TEMPORARY ON DATABASE ${stage.database.name} TO ${app}`);
    await as(app, async () => {
      await sql.query(
        `CREATE TEMPORARY TABLE endpoint AS SELECT 1 AS id; CREATE TEMPORARY TABLE pg_roles AS SELECT session_user AS rolname, true AS rolsuper;
         CREATE FUNCTION pg_temp.current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT session_user::text';
         CREATE FUNCTION pg_temp.pg_has_role(oid, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
      );
      await sql.query(
        `SET search_path = pg_temp, pg_catalog; SELECT crossbar.register('com.a', 'public.add2(integer, integer)')`,
      );
      await sql.query(`RESET search_path; DROP TABLE endpoint, pg_temp.pg_roles`);
    });
    const registered = await rows(sql, 'SELECT registrar, role, function FROM crossbar.registrations');
    expect(registered).to.deep.equal([{ registrar: app, role: app, function: 'public.add2(integer,integer)' }]);
  });
});

describe('the role that an endpoint runs as', () => {
  it('must be one that pgwamp may become', async () => {
    await using stage = await openEndpointStage();
    await stage.sql.query(`REVOKE ${stage.app} FROM crossbar`);
    const message = `pgwamp may not run a function as role ${stage.app}`;
    for (const statement of both({})) {
      await expectRefusal(stage, stage.app, statement, message, `GRANT ${stage.app} TO crossbar;`);
    }
    const version = Number(await value(stage.sql, `SELECT current_setting('server_version_num')`));
    if (version < 160_000) return;
    await stage.sql.query(`GRANT ${stage.app} TO crossbar WITH SET FALSE`);
    await expectRefusal(stage, stage.app, register, message, `GRANT ${stage.app} TO crossbar;`);
  });

  it('is no superuser, and role crossbar only where that is said', async () => {
    await using stage = await openEndpointStage();
    const superuser = stage.database.config.user;
    for (const role of [superuser, 'crossbar']) {
      for (const statement of both({})) {
        await expectRefusal(stage, role, statement, `pgwamp may not run a function as role ${role}`, justTheRights);
      }
    }
    for (const role of ['crossbar', superuser]) {
      for (const statement of both({ run_as: 'crossbar' })) await stage.as(role, () => stage.sql.query(statement));
    }
    const roles = await rows(stage.sql, 'SELECT kind, registrar, role FROM crossbar.endpoint ORDER BY id');
    expect(roles).to.deep.equal([
      { kind: 'registration', registrar: 'crossbar', role: 'crossbar' },
      { kind: 'subscription', registrar: 'crossbar', role: 'crossbar' },
    ]);
  });

  it('may be another one by run_as, if the registrar is a member of it', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    const message = `role ${app} may not register a function that runs as role ${stranger}`;
    for (const statement of both({ run_as: stranger })) {
      await expectRefusal(stage, app, statement, message, `GRANT ${stranger} TO ${app};`);
    }
    const crossbar = `role ${app} may not register a function that runs as role crossbar`;
    await expectRefusal(stage, app, both({ run_as: 'crossbar' })[0] ?? '', crossbar, justTheRights);
    await sql.query(`GRANT ${stranger} TO ${app}`);
    for (const statement of both({ run_as: stranger })) await as(app, () => sql.query(statement));
    const roles = await rows(sql, 'SELECT DISTINCT registrar, role FROM crossbar.endpoint');
    expect(roles).to.deep.equal([{ registrar: app, role: stranger }]);
  });

  it('must exist, by exactly that name', async () => {
    await using stage = await openEndpointStage();
    const wrong = [
      'nobody',
      '',
      'Crossbar',
      'CALLER',
      'public',
      'none',
      `crossbar'; DROP TABLE crossbar.endpoint; --`,
      'crossbar"',
    ];
    for (const name of wrong) {
      for (const statement of ['register', 'subscribe']) {
        const text = `SELECT crossbar.${statement}('com.a', 'add2(integer, integer)', jsonb_build_object('run_as', $1::text))`;
        const error = await errorOf(stage.sql.query(text, [name]));
        expect(error.message).to.equal(
          `option 'run_as' names a role that does not exist: '${name.replaceAll("'", "''")}'`,
        );
        expect(error).to.include({
          code: undefinedObject,
          hint: `Option 'run_as' is the name of a role, or "caller".`,
        });
      }
    }
  });

  it('may have any name that PostgreSQL takes', async () => {
    await using stage = await openEndpointStage();
    const { sql, as } = stage;
    const random = randomBytes(4).toString('hex');
    const names = [
      `a "b"; DROP TABLE crossbar.endpoint; -- ${random}`,
      `o'\\ü€ ${random}`,
      `${random}${'x'.repeat(55)}`,
    ];
    for (const name of names) {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      await sql.query(`CREATE ROLE ${quoted}; GRANT EXECUTE ON FUNCTION crossbar.register TO ${quoted}`);
      try {
        const message = `pgwamp may not run a function as role ${quoted}`.replace(`"${random}xx`, `${random}xx`);
        const error = await refusal(stage, quoted, register);
        expect(error.message.replaceAll('"', '')).to.equal(message.replaceAll('"', ''));
        await sql.query(error.hint ?? '');
        await as(quoted, () => sql.query(register));
        expect(await rows(sql, 'SELECT registrar, role FROM crossbar.registrations')).to.deep.equal([
          { registrar: name, role: name },
        ]);
        const cut = errorOf(sql.query(both({ run_as: `${name.replaceAll("'", "''")}y` })[0] ?? ''));
        expect((await cut).code).to.equal(undefinedObject);
        expect(await as(quoted, () => errorOf(sql.query(`SELECT crossbar.unregister('com.a')`)))).to.have.property(
          'code',
          insufficientPrivilege,
        );
        expect(await value(sql, `SELECT crossbar.unregister('com.a')`)).to.equal(true);
      } finally {
        await sql.query(`DROP OWNED BY ${quoted}; DROP ROLE ${quoted}`);
      }
    }
  });
});

describe('an endpoint belongs to the role that made it', () => {
  const remove = `SELECT crossbar.unregister('com.a')`;

  it('and other roles neither replace nor remove it', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    const caller = both({ run_as: 'caller' });
    const ids: unknown[] = [];
    for (const statement of caller) ids.push(await as(app, () => value(sql, statement)));
    const before = await rows(sql, 'SELECT * FROM crossbar.endpoint ORDER BY id');
    const hint = `Only role ${app}, its members and superusers may replace or remove it.`;
    const registration = `the registration of 'com.a' belongs to role ${app}`;
    for (const statement of [register, caller[0] ?? '', remove]) {
      await expectRefusal(stage, stranger, statement, registration, hint);
    }
    const subscription = `the subscription of 'com.a' belongs to role ${app}`;
    for (const statement of [caller[1] ?? '', `SELECT crossbar.unsubscribe(${ids[1]})`]) {
      await expectRefusal(stage, stranger, statement, subscription, hint);
    }
    expect(await rows(sql, 'SELECT * FROM crossbar.endpoint ORDER BY id')).to.deep.equal(before);
  });

  it('and members of it and superusers replace and remove it, without taking it away', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    const id = await as(app, () => value(sql, register));
    await sql.query(`GRANT ${app} TO ${stranger}`);
    expect(await as(stranger, () => value(sql, register))).to.equal(id);
    const [registration] = await rows(sql, 'SELECT registrar, role FROM crossbar.registrations');
    expect(registration).to.deep.equal({ registrar: app, role: stranger });
    expect(await as(app, () => value(sql, register))).to.equal(id);
    expect(await value(sql, both({ run_as: 'crossbar' })[0] ?? '')).to.equal(id);
    expect(await as(stranger, () => value(sql, remove))).to.equal(true);
    await as(app, () => value(sql, register));
    expect(await value(sql, remove)).to.equal(true);
  });

  it('and crossbar.unregister removes no more than the matches that the role may remove', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    await as(app, () => sql.query(register));
    await as(stranger, () => sql.query(both({ match: 'prefix' })[0] ?? ''));
    expect(await as(stranger, () => value(sql, remove))).to.equal(true);
    expect(await rows(sql, 'SELECT registrar, match FROM crossbar.registrations')).to.deep.equal([
      { registrar: app, match: 'exact' },
    ]);
  });

  it('and when that role is gone, to superusers', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    await as(app, () => sql.query(register));
    await sql.query(`UPDATE crossbar.endpoint SET registrar = 'gone_${app}', role = 'gone_${app}'`);
    const hint = `Only role gone_${app}, its members and superusers may replace or remove it.`;
    await expectRefusal(stage, stranger, remove, `the registration of 'com.a' belongs to role gone_${app}`, hint);
    expect(await value(sql, remove)).to.equal(true);
  });
});
