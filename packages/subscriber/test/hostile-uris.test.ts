import { type Connection, waitFor } from '@pgwamp/harness';
import { canary, hostileUris } from '@pgwamp/harness/fixtures/hostile-uris';
import { expect } from 'chai';
import { subscribe } from './support/handlers.ts';
import { openSubscriberStage } from './support/subscriber-stage.ts';

const definitions = `${canary}
  CREATE TABLE got (place bigint GENERATED ALWAYS AS IDENTITY, topic text);
  GRANT INSERT ON got TO crossbar;
  CREATE FUNCTION get() RETURNS void LANGUAGE sql AS $$INSERT INTO public.got (topic) VALUES (current_setting('crossbar.topic'))$$;
  ${subscribe('com.example.', 'get()', { match: 'prefix' })}`;

async function topics(sql: Connection): Promise<string[]> {
  const { rows } = await sql.query<{ topic: string }>('SELECT topic FROM got ORDER BY place');
  return rows.map(({ topic }) => topic);
}

describe('SQL that is hidden in the topic of an event', () => {
  it('stays a topic, for a pattern and for a subscription of its own', async () => {
    await using stage = await openSubscriberStage(definitions);
    const { publisher, sql, subscriber } = stage;
    await Promise.all(hostileUris.map((topic) => publisher.publish(topic)));
    const all = hostileUris.length;
    await waitFor(async () => (await topics(sql)).length === all, { what: 'all events' });
    expect(await topics(sql)).to.deep.equal(hostileUris);
    for (const topic of hostileUris) {
      await sql.query(`SELECT crossbar.subscribe($1, 'get()', '{"run_as": "crossbar"}')`, [topic]);
    }
    await waitFor(() => subscriber.status().subscriptions.subscribed === all + 1, { what: 'all subscriptions' });
    await Promise.all(hostileUris.map((topic) => publisher.publish(topic)));
    await waitFor(async () => (await topics(sql)).length === 3 * all, { what: 'two events for each topic' });
    const both = hostileUris.flatMap((topic) => [topic, topic]).toSorted();
    expect((await topics(sql)).slice(all).toSorted()).to.deep.equal(both);
    expect(subscriber.status()).to.include({ failed: 0, dropped: 0 });
    expect((await sql.query('SELECT FROM canary')).rowCount).to.equal(0);
  });
});
