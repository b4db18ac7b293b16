import { type Connection, waitFor } from '@pgwamp/harness';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import { openSubscriberStage } from './support/subscriber-stage.ts';

const made = (by: string) =>
  `CREATE FUNCTION shared.hear(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ INSERT INTO shared.heard VALUES (number, '${by}') $$`;

describe('a handler that was dropped', () => {
  it('is not replaced by one of another owner, until it is subscribed again', async () => {
    await using stage = await openSubscriberStage(
      'CREATE SCHEMA shared; CREATE TABLE shared.heard (number integer, by text)',
    );
    const { sql, publisher } = stage;
    await using roles = await createRoles(sql, 2);
    const [owner = '', thief = ''] = roles.names;
    await sql.query(
      `GRANT ${owner} TO crossbar; GRANT ALL ON SCHEMA shared TO ${owner}, ${thief}; GRANT ALL ON shared.heard TO ${owner}, ${thief};
       SET ROLE ${owner}; ${made('owner')}; RESET ROLE`,
    );
    const subscribe = () =>
      sql.query(`SELECT crossbar.subscribe('com.example.topic', 'shared.hear(integer)', '{"run_as": "${owner}"}')`);
    await subscribe();
    await isIn(sql, 'subscribed');
    const publish = (number: number) => publisher.publish('com.example.topic', [number], {}, { acknowledge: true });
    const heard = () => rows(sql, 'SELECT number, by FROM shared.heard ORDER BY number');
    await publish(1);
    await waitFor(async () => (await heard()).length === 1, { what: 'the event to be handled' });

    await sql.query(
      `SET ROLE ${owner}; DROP FUNCTION shared.hear(integer); SET ROLE ${thief}; ${made('thief')}; RESET ROLE`,
    );
    // Also before the Subscriber has seen the change.
    await publish(2);
    const failed = () =>
      rows<{ error: string }>(sql, 'SELECT error || error_args::text AS error FROM crossbar.failed_event');
    const [{ error = '' } = {}] = await waitFor(async () => ((await failed()).length > 0 ? failed() : undefined), {
      what: 'the event to be kept',
    });
    expect(error).to.include(`shared.hear(integer) belongs to role ${thief}, and belonged to ${owner}`);
    await isIn(sql, 'unusable');
    expect(await heard()).to.deep.equal([{ number: 1, by: 'owner' }]);

    await subscribe();
    await isIn(sql, 'subscribed');
    await publish(3);
    await waitFor(async () => (await heard()).length === 2, { what: 'the event after that to be handled' });
    expect((await heard()).at(-1)).to.deep.equal({ number: 3, by: 'thief' });
    await sql.query('SELECT crossbar.unsubscribe(id) FROM crossbar.subscriptions; DROP SCHEMA shared CASCADE');
  });
});

function isIn(sql: Connection, state: string): Promise<unknown> {
  const now = () => value(sql, 'SELECT state FROM crossbar.subscriptions');
  return waitFor(async () => (await now()) === state, { what: `the state ${state}` });
}
