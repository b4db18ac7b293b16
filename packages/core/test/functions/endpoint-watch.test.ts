import { randomBytes } from 'node:crypto';
import { DatabaseLostError } from '@pgwamp/core';
import type { Connection } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { Endpoint } from '../../src/functions/index.ts';
import { watching } from '../support/watching.ts';

const add = 'CREATE FUNCTION add(a integer, b integer) RETURNS integer LANGUAGE sql AS $$SELECT a + b$$;';

/** Registers as role crossbar, which has to be said. */
function register(uri: string, signature: string, options: object = {}): string {
  return `SELECT crossbar.register('${uri}', '${signature}', '${JSON.stringify({ run_as: 'crossbar', ...options })}');`;
}

/** The state that tests inspect. */
function summary({ uri, match, signature, role, options }: Endpoint) {
  return { uri, match, signature, role, options };
}

function problemOf(endpoint: Endpoint | undefined): string | undefined {
  return endpoint && 'problem' in endpoint.routine ? endpoint.routine.problem : undefined;
}

/** Drops a role in the end, if the test has not. */
function dropped(sql: Connection, role: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await sql.query(`DROP ROLE IF EXISTS ${role}`);
    },
  };
}

describe('EndpointWatch', () => {
  it('first reports all endpoints of its kind, with their functions', async () => {
    await using test = await watching(
      `${add} ${register('com.example.add', 'add(integer,integer)', { invoke: 'random' })}
       ${register('com.example.', 'add(integer,integer)', { match: 'prefix' })}
       SELECT crossbar.subscribe('com.example.added', 'add(integer,integer)', '{"run_as": "crossbar"}')`,
    );
    const { changed, removed } = await test.next();
    expect(changed.map(summary)).to.deep.equal([
      {
        uri: 'com.example.add',
        match: 'exact',
        signature: 'public.add(integer,integer)',
        role: 'crossbar',
        options: { invoke: 'random' },
      },
      {
        uri: 'com.example.',
        match: 'prefix',
        signature: 'public.add(integer,integer)',
        role: 'crossbar',
        options: {},
      },
    ]);
    expect(changed[0]).to.have.nested.property('routine.name', 'public.add');
    expect(removed).to.deep.equal([]);
  });

  it('reports a registration after COMMIT, and nothing after ROLLBACK', async () => {
    await using test = await watching(add);
    expect(await test.next()).to.deep.equal({ changed: [], removed: [] });
    await test.sql.query(`BEGIN; ${register('com.example.never', 'add(integer,integer)')} ROLLBACK`);
    await test.sql.query(`BEGIN; ${register('com.example.one', 'add(integer,integer)')}`);
    await test.sql.query(`${register('com.example.two', 'add(integer,integer)')} COMMIT`);
    const { changed } = await test.next();
    expect(changed.map(({ uri }) => uri)).to.deep.equal(['com.example.one', 'com.example.two']);
  });

  it('reports replaced options and unregistered endpoints, by their ids', async () => {
    await using test = await watching(`${add} ${register('com.example.add', 'add(integer,integer)')}`);
    const [first] = (await test.next()).changed;
    await test.sql.query(register('com.example.add', 'add(integer,integer)', { concurrency: 3 }));
    const { changed } = await test.next();
    expect(changed.map(({ id, options }) => ({ id, options }))).to.deep.equal([
      { id: first?.id, options: { concurrency: 3 } },
    ]);
    await test.sql.query(`SELECT crossbar.unregister('com.example.add')`);
    expect(await test.next()).to.deep.equal({ changed: [], removed: [first?.id] });
  });

  it('reports that a function was dropped, or created again with another signature or default', async () => {
    await using test = await watching(`${add} ${register('com.example.add', 'add(integer,integer)')}`);
    await test.next();
    await test.sql.query('DROP FUNCTION add(integer, integer)');
    const dropped = await test.next();
    expect(problemOf(dropped.changed[0])).to.equal('public.add(integer,integer) does not exist');
    await test.sql.query(add.replaceAll('integer', 'bigint'));
    const replaced = await test.next();
    expect(problemOf(replaced.changed[0])).to.include('there is public.add(bigint,bigint)');
    await test.sql.query(add);
    expect((await test.next()).changed[0]).to.have.nested.property('routine.parameters.length', 2);
    await test.sql.query(add.replace('CREATE', 'CREATE OR REPLACE').replace('b integer', 'b integer DEFAULT 1'));
    expect((await test.next()).changed[0]).to.have.nested.property('routine.parameters[1].optional', true);
  });

  it('reports changed types and schemas of a function', async () => {
    await using test = await watching(
      `CREATE SCHEMA shop; CREATE TYPE shop.article AS (name text, price numeric);
       CREATE FUNCTION shop.price(article shop.article[]) RETURNS numeric LANGUAGE sql AS 'SELECT 1';
       ${register('com.example.price', 'shop.price(shop.article[])')}`,
    );
    await test.next();
    const attributes = 'routine.parameters[0].type.element.attributes';
    await test.sql.query('ALTER TYPE shop.article RENAME ATTRIBUTE price TO cost');
    expect((await test.next()).changed[0]).to.have.nested.property(`${attributes}[1].name`, 'cost');
    await test.sql.query('ALTER TYPE shop.article ADD ATTRIBUTE size text');
    expect((await test.next()).changed[0]).to.have.nested.property(`${attributes}[2].name`, 'size');
    await test.sql.query('ALTER SCHEMA shop RENAME TO store');
    expect(problemOf((await test.next()).changed[0])).to.include('does not exist');
  });

  it('reports that a role was revoked from crossbar or dropped, and reads the settings of the role', async () => {
    const role = `watched_${randomBytes(6).toString('hex')}`;
    await using test = await watching(
      `${add} CREATE ROLE ${role}; ALTER ROLE ${role} SET search_path = shop, public; GRANT ${role} TO crossbar;
       ALTER ROLE ${role} SET log_statement = 'all'; ALTER ROLE ${role} SET work_mem = '8MB'; ALTER ROLE ${role} SET my.own = 'a=b';
       ${register('com.example.add', 'add(integer,integer)', { run_as: role })}`,
    );
    await using _role = dropped(test.sql, role);
    expect(problemOf((await test.next()).changed[0])).to.equal(undefined);
    expect(Object.fromEntries(test.watch.catalog.settingsOf(role) ?? [])).to.deep.equal({
      search_path: 'shop, public',
      work_mem: '8MB',
      'my.own': 'a=b',
    });
    await test.sql.query(`REVOKE ${role} FROM crossbar`);
    expect(problemOf((await test.next()).changed[0])).to.include(`role "${role}"`);
    await test.sql.query(`GRANT ${role} TO crossbar`);
    expect(problemOf((await test.next()).changed[0])).to.equal(undefined);
    await test.sql.query(`DROP ROLE ${role}`);
    expect(problemOf((await test.next()).changed[0])).to.include(`role "${role}"`);
    expect(test.watch.catalog.settingsOf(role)).to.equal(undefined);
  });

  it('reads the search_path of a role from the role, the database, or both', async () => {
    const role = `watched_${randomBytes(6).toString('hex')}`;
    await using test = await watching(
      `${add} CREATE ROLE ${role}; GRANT ${role} TO crossbar; ${register('com.example.add', 'add(integer,integer)')}`,
      { roles: [role] },
    );
    await using _role = dropped(test.sql, role);
    const database = (await test.sql.query('SELECT current_database() AS name')).rows[0].name;
    let retries = 0;
    const searchPath = async () => {
      // The settings are read again after any change.
      retries += 1;
      await test.sql.query(register('com.example.add', 'add(integer,integer)', { retries }));
      await test.next();
      return test.watch.catalog.settingsOf(role)?.get('search_path');
    };
    await test.next();
    expect(test.watch.catalog.settingsOf(role)?.get('search_path')).to.equal('"$user", public');
    await test.sql.query(`ALTER DATABASE ${database} SET search_path = of_database`);
    expect(await searchPath()).to.equal('of_database');
    await test.sql.query(`ALTER ROLE ${role} SET search_path = of_role`);
    expect(await searchPath()).to.equal('of_role');
    await test.sql.query(`ALTER ROLE ${role} IN DATABASE ${database} SET search_path = of_role_in_database`);
    expect(await searchPath()).to.equal('of_role_in_database');
  });

  it('ends with the connection', async () => {
    await using test = await watching(add);
    await test.next();
    const next = rejection(test.next());
    await test.sql.query('SELECT pg_terminate_backend($1)', [test.connection.processId]);
    expect(await next).to.be.instanceOf(DatabaseLostError);
  });

  it('reports the additions and removals of a transaction together, even if it was notified of the removal only', async () => {
    await using test = await watching(`${add} ${register('com.example.one', 'add(integer,integer)')}`);
    const [one] = (await test.next()).changed;
    // As when this commits between the notification of another transaction and the read that this one asks for.
    await test.sql.query(`
      INSERT INTO crossbar._endpoint (kind, uri, match, function, function_owner, owner, role, options)
        SELECT kind, 'com.example.two', match, function, function_owner, owner, role, options FROM crossbar._endpoint;
      DELETE FROM crossbar._endpoint WHERE uri = 'com.example.one';
      SELECT pg_notify('crossbar_endpoint', 'registration ${one?.id}')`);
    const { changed, removed } = await test.next();
    expect(changed.map(({ uri }) => uri)).to.deep.equal(['com.example.two']);
    expect(removed).to.deep.equal([one?.id]);
  });

  it('ignores meaningless notifications, and reads everything once after a flood of them', async () => {
    await using test = await watching(`${add} ${register('com.example.one', 'add(integer,integer)')}`);
    const first = await test.next();
    const [one] = first.changed;
    for (const payload of [
      'registration x',
      'registration',
      '',
      'registration 1; DROP',
      `registration ${'9'.repeat(40)}`,
      'x '.repeat(3000),
    ]) {
      await test.sql.query(`SELECT pg_notify('crossbar_endpoint', $1)`, [payload]);
    }
    await test.sql.query(
      `SELECT count(pg_notify('crossbar_endpoint', 'registration ' || n)) FROM generate_series(100000, 105000) n`,
    );
    await test.sql.query(`DELETE FROM crossbar._endpoint; ${register('com.example.two', 'add(integer,integer)')}`);
    const seen: (string | undefined)[] = [];
    while (!seen.includes(one?.id) || !seen.includes('com.example.two')) {
      const { changed, removed } = await test.next();
      seen.push(...removed, ...changed.map(({ uri }) => uri));
    }
    expect(seen).to.have.members([one?.id, 'com.example.two']);
  });
});
