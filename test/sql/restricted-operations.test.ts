import { type Connection, type PostgresServer, startPostgres, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase, rows } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import { publicCalls } from './support/public-calls.ts';

/** The attempts of the trap: operations that require privileges, with those of a superuser. */
const uses = Object.values(publicCalls).map((call) =>
  call.replace(/^((?:register|subscribe)\(.*)\)$/, `$1, '{"run_as": "pg_monitor"}')`),
);

/** The statements by which a superuser runs the function of an index, or of a materialized view, of somebody else. */
const operations: Readonly<Record<string, string>> = {
  'an index that is built anew': 'REINDEX TABLE trap.trap',
  'statistics by hand': 'ANALYZE trap.trap',
  'VACUUM with statistics': 'VACUUM ANALYZE trap.trap',
  'a materialized view': 'REFRESH MATERIALIZED VIEW trap.view',
  CLUSTER: 'CLUSTER trap.trap USING trap_spring_idx',
};

/**
 * A table and a view of a role without any right, with a function that uses all of ours, and keeps what became of each and where that was.
 * The function is replaced when the index is made already: its owner could not make it do anything else.
 */
async function layTrap(sql: Connection, owner: string): Promise<void> {
  const tries = uses.map((use) => `$try$SELECT crossbar.${use}$try$`).join(', ');
  await sql.query(`
    GRANT pg_monitor TO crossbar;
    CREATE SCHEMA trap AUTHORIZATION ${owner};
    CREATE TABLE trap.tried (use text, code text, message text, process text);
    CREATE FUNCTION trap.note(use text, code text, message text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        INSERT INTO trap.tried SELECT use, code, message, backend_type FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid();
      END $$;
    SET ROLE ${owner};
    CREATE TABLE trap.trap (n integer) WITH (autovacuum_enabled = off, autovacuum_analyze_threshold = 0, autovacuum_analyze_scale_factor = 0);
    INSERT INTO trap.trap VALUES (1);
    CREATE FUNCTION trap.spring(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n; END';
    CREATE INDEX trap_spring_idx ON trap.trap (trap.spring(n));
    CREATE MATERIALIZED VIEW trap.view AS SELECT trap.spring(n) FROM trap.trap;
    CREATE OR REPLACE FUNCTION trap.spring(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $trap$
      DECLARE
        use text;
      BEGIN
        FOREACH use IN ARRAY ARRAY[${tries}] LOOP
          BEGIN
            EXECUTE use;
            PERFORM trap.note(use, 'done', '');
          EXCEPTION WHEN OTHERS THEN
            PERFORM trap.note(use, SQLSTATE, SQLERRM);
          END;
        END LOOP;
        RETURN n;
      END $trap$;
    RESET ROLE;`);
}

const refusal = { code: '42501', message: 'crossbar cannot be used within a security-restricted operation' };

interface Try {
  readonly use: string;
  readonly code: string;
  readonly message: string;
  readonly process: string;
}

describe('Operations that run functions with the privileges of another user', () => {
  let server: PostgresServer;

  before(async () => {
    server = await startPostgres({ settings: { autovacuum_naptime: '1s' } });
  });

  after(() => server?.[Symbol.asyncDispose]());

  /**
   * The attempts in a process of a kind; fails unless each public function was refused there and nothing has happened.
   */
  async function expectRefused(sql: Connection, process: string): Promise<void> {
    const tried = await rows<Try>(sql, 'SELECT DISTINCT * FROM trap.tried');
    const expected = uses.map((use) => ({ use: `SELECT crossbar.${use}`, ...refusal, process }));
    expect(tried).to.have.deep.members(expected);
    const done = await rows(
      sql,
      `SELECT uri FROM crossbar._endpoint UNION ALL SELECT procedure FROM crossbar.async_call UNION ALL SELECT pattern FROM crossbar.call_permission`,
    );
    expect(done).to.deep.equal([]);
  }

  async function openTrap() {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createSetUpDatabase(server));
    const sql = stack.use(await database.connect());
    const roles = stack.use(await createRoles(sql, 1));
    stack.defer(async () => void (await sql.query('DROP SCHEMA trap CASCADE')));
    await layTrap(sql, roles.names[0] ?? '');
    const kept = stack.move();
    return { sql, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }

  for (const [name, statement] of Object.entries(operations)) {
    it(`refuse every public function that requires a privilege, by ${name}`, async () => {
      await using trap = await openTrap();
      await trap.sql.query(statement);
      await expectRefused(trap.sql, 'client backend');
    });
  }

  it('refuse them by autovacuum too', async () => {
    await using trap = await openTrap();
    const { sql } = trap;
    await sql.query('ALTER TABLE trap.trap SET (autovacuum_enabled = on)');
    await waitFor(async () => (await rows(sql, 'SELECT FROM trap.tried')).length > 0, {
      what: 'autovacuum to come',
      deadline: 60_000,
    });
    await expectRefused(sql, 'autovacuum worker');
  });
});
