import { waitFor } from '@pgwamp/harness';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import { openSubscriberStage } from './support/subscriber-stage.ts';

const worker = { user: 'crossbar_worker', password: 'crossbar_worker' };

describe('extra.database.worker of a Subscriber', () => {
  it('handles each event once in sessions of that role, and stores failed ones', async () => {
    await using stage = await openSubscriberStage('', { extra: { worker } });
    const { sql, publisher } = stage;
    await using roles = await createRoles(sql, 1);
    const [app] = roles.names;
    await sql.query(
      `GRANT ${app} TO crossbar_worker;
       CREATE TABLE handled (event integer, who text DEFAULT concat_ws(' ', session_user, current_user)); GRANT INSERT ON handled TO ${app};
       CREATE FUNCTION handle(event integer) RETURNS void LANGUAGE plpgsql AS
         $$ BEGIN IF event < 0 THEN RAISE 'no'; END IF; INSERT INTO handled (event) VALUES (event); END $$;
       SELECT crossbar.subscribe('com.example.topic', 'handle(integer)', '{"run_as": "${app}", "queue_group": "one"}'),
         crossbar.subscribe('com.example.other', 'handle(integer)', '{"run_as": "${app}"}')`,
    );
    const subscribed = `SELECT count(*)::int FROM crossbar.subscriptions WHERE state = 'subscribed'`;
    await waitFor(async () => (await value(sql, subscribed)) === 2, { what: 'both subscriptions' });
    for (const event of [1, 2, -1, 3]) {
      await publisher.publish('com.example.topic', [event], {}, { acknowledge: true });
      await publisher.publish('com.example.other', [event], {}, { acknowledge: true });
    }
    const handled = () => rows<{ event: number; who: string }>(sql, 'SELECT event, who FROM handled ORDER BY event');
    const failed = () => value(sql, 'SELECT count(*)::int FROM crossbar.failed_event');
    await waitFor(async () => (await handled()).length >= 6 && (await failed()) === 2, { what: 'all events' });
    const who = `crossbar_worker ${app}`;
    expect(await handled()).to.deep.equal([1, 1, 2, 2, 3, 3].map((event) => ({ event, who })));
    await sql.query(`SELECT crossbar.unsubscribe(id) FROM crossbar.subscriptions; DROP TABLE handled`);
  });
});
