import { expect } from 'chai';
import { hear, heardAll } from './support/handlers.ts';
import { openSubscriberStage } from './support/subscriber-stage.ts';

describe('A Subscriber with 10,000 subscriptions', () => {
  it('starts, and handles the events of each', async () => {
    await using stage = await openSubscriberStage(hear);
    const { publisher, sql, subscriber } = stage;
    await subscriber.stop();
    await sql.query(`SELECT crossbar.subscribe('com.example.topic' || number, 'hear(integer)', '{"run_as": "crossbar"}')
      FROM generate_series(1, 10000) AS number`);
    await subscriber.start();
    expect(subscriber.status().subscriptions.subscribed).to.equal(10_000);
    await publisher.publish('com.example.topic9999', [1]);
    expect(await heardAll(sql, 1)).to.deep.equal([1]);
  });
});
