import type { Connection, TestDatabase } from '@pgwamp/harness';
import { advertise, openLink, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { createSetUpDatabase, rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

/** The session that asks, and one of a component, whose process id is that of one that has ended. */
async function openSessions() {
  await using stack = new AsyncDisposableStack();
  const database: TestDatabase = stack.use(await createSetUpDatabase());
  const sql = stack.use(await database.connect());
  const component = stack.use(await database.connect(crossbarLogin(database)));
  const kept = stack.move();
  return { database, sql, component, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Makes rows that living sessions have written those of sessions that had their process ids before. */
const asBefore = (table: string) =>
  `UPDATE crossbar.${table} SET backend_start = backend_start - interval '1 microsecond'`;

describe('Reused process id', () => {
  it('does not hold an election, in another session or the same one', async () => {
    await using sessions = await openSessions();
    const { database, sql, component } = sessions;
    await using other = await database.connect(crossbarLogin(database));
    const elect = `SELECT crossbar._elect('publisher realm1')`;
    expect(await value(component, elect)).to.equal(true);
    expect(await value(other, elect)).to.equal(false);
    await sql.query(asBefore('_election'));
    expect(await value(other, elect)).to.equal(true);
    expect(await value(component, elect)).to.equal(false);
    await sql.query(asBefore('_election'));
    expect(await value(other, elect)).to.equal(true);
    expect(
      await rows(sql, 'SELECT FROM crossbar._election WHERE crossbar._is_alive(process_id, backend_start)'),
    ).to.have.length(1);
  });

  it('is detected by the role if the session cannot be seen', async () => {
    await using sessions = await openSessions();
    const { database, sql, component } = sessions;
    await using roles = await createRoles(sql, 1);
    const [user = ''] = roles.names;
    await sql.query(`ALTER ROLE ${user} LOGIN PASSWORD 'visitor'`);
    await using visitor = await database.connect({ user, password: 'visitor' });
    await using superuser = await database.connect();
    const isAlive = (who: Connection, whom: unknown, start: string) =>
      value(who, 'SELECT crossbar._is_alive($1, $2)', [whom, start]);
    const [own] = await rows<{ process_id: number; start: string }>(
      component,
      'SELECT process_id, backend_start::text AS start FROM crossbar._this_session()',
    );
    const { process_id: id, start = '' } = own ?? {};
    expect(await isAlive(visitor, id, start)).to.equal(true);
    expect(await isAlive(component, id, start)).to.equal(true);
    expect(await isAlive(component, await value(visitor, 'SELECT pg_backend_pid()'), start)).to.equal(false);
    // One that logs in as superuser may be a component.
    expect(await isAlive(component, await value(superuser, 'SELECT pg_backend_pid()'), start)).to.equal(true);
    expect(await isAlive(sql, await value(superuser, 'SELECT pg_backend_pid()'), start)).to.equal(false);
  });

  it('is not used as a Caller, and its realm does not count', async () => {
    await using sessions = await openSessions();
    const { database, sql, component } = sessions;
    const call = `SELECT crossbar.call('com.example.procedure')`;
    // A caller that connected there would get the error that the link is unreachable.
    await advertise(component, { realm: 'realm2', port: 1 });
    await sql.query(asBefore('_link'));
    await sql.query("LOAD 'dblink'");
    expect(await errorOf(sql.query(call))).to.include({ code: '08001', message: 'no Caller is running' });
    await using _link = await openLink(database, returns('1'));
    expect(await value(sql, call)).to.equal(1);
  });
});
