import { waitFor } from '@pgwamp/harness';
import { EventClient } from '@pgwamp/harness/fixtures/event-client';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { createPublisher, deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';

const publish = `SELECT crossbar.publish('com.example.result', '["x"]')::double precision AS id`;

describe('crossbar.publish', () => {
  for (const delivery of deliveries) {
    it(`returns a unique number, with delivery ${delivery}`, async () => {
      await using stage = await openStage([], { delivery });
      const numbers: unknown[] = [];
      for (let turn = 0; turn < 5; turn += 1) numbers.push(await value(stage.sql, publish));
      numbers.push(await value(stage.sql, publish.replace(')::', ', autonomous => true)::')));
      expect(new Set(numbers).size).to.equal(6);
      for (const number of numbers) expect(number).to.be.within(1, 2 ** 53);
    });

    it(`does not change lastval(), with delivery ${delivery}`, async () => {
      await using stage = await openStage([], { delivery });
      await stage.sql.query(`CREATE SEQUENCE ticket START 77; SELECT nextval('ticket')`);
      await stage.sql.query(publish);
      expect(await value(stage.sql, 'SELECT lastval()::integer')).to.equal(77);
    });

    it(`works while no component runs, with delivery ${delivery}`, async () => {
      await using stage = await openStage([], { delivery });
      await stage.publisher.stop();
      expect(await value(stage.sql, publish)).to.be.within(1, 2 ** 53);
    });
  }

  for (const delivery of ['wal', 'outbox'] as const) {
    it(`leaves publications to the next component, with delivery ${delivery}`, async () => {
      await using stage = await openStage([], { delivery });
      await stage.publisher.stop();
      await stage.sql.query(publish);
      await using router = createRouter({ realms: ['realm1'] });
      await using client = await EventClient.join(router, ['com.example.result']);
      await using next = createPublisher(stage.database, router, delivery);
      await next.start();
      expect(await client.payloads(1)).to.deep.equal([',["x"]']);
    });
  }

  it('keeps the order between sessions if one has seen the publication of another, with delivery outbox', async () => {
    await using stage = await openStage(['com.example.order'], { delivery: 'outbox' });
    await using other = await stage.database.connect();
    await stage.publisher.stop();
    const expected = Array.from({ length: 40 }, (_, turn) => `,[${turn}]`);
    // The first session's transaction is the oldest, and its publications are neither the first nor the last.
    await stage.sql.query('BEGIN; SELECT pg_current_xact_id()');
    for (let turn = 0; turn < 40; turn += 1) {
      const session = turn % 2 === 0 ? other : stage.sql;
      await session.query(`SELECT crossbar.publish('com.example.order', jsonb_build_array($1::int))`, [turn]);
    }
    await stage.sql.query('COMMIT');
    await stage.publisher.start();
    expect(await stage.client.payloads(40)).to.deep.equal(expected);
  });

  it('works without a slot', async () => {
    await using stage = await openStage([], { delivery: 'wal' });
    await stage.publisher.stop();
    const drop = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active`;
    await waitFor(async () => (await rows(stage.sql, drop)).length > 0, { what: 'the slot to be free' });
    expect(await value(stage.sql, publish)).to.be.within(1, 2 ** 53);
  });

  it('works for every row of a query', async () => {
    await using stage = await openStage(['com.example.row']);
    await stage.sql.query(
      `SELECT crossbar.publish('com.example.row', jsonb_build_array(n)) FROM generate_series(1, 500) AS n`,
    );
    expect(await stage.client.payloads(500)).to.deep.equal(Array.from({ length: 500 }, (_, n) => `,[${n + 1}]`));
  });

  it('passes WAMP options on to the router', async () => {
    await using stage = await openStage(['com.example.option']);
    await using other = await EventClient.join(stage.router, ['com.example.option']);
    const only = `SELECT crossbar.publish('com.example.option', $1, options => jsonb_build_object($2::text, jsonb_build_array($3::bigint)))`;
    await stage.sql.query(only, ['["eligible"]', 'eligible', other.id]);
    await stage.sql.query(only, ['["excluded"]', 'exclude', other.id]);
    await stage.sql.query(`SELECT crossbar.publish('com.example.option', '["all"]')`);
    expect(await stage.client.payloads(2)).to.deep.equal([',["excluded"]', ',["all"]']);
    expect(await other.payloads(2)).to.deep.equal([',["eligible"]', ',["all"]']);
  });
});
