import { database as databaseSchema } from '@pgwamp/config';
import { Connection, type Delivery, install } from '@pgwamp/core/internal/postgres';
import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { topicTest } from '../../src/feeds/topic-pattern.ts';
import { type LogStage, logStage } from '../support/log-stage.ts';

describe('Gateway: topic channels', () => {
  it('send publications with the digits of PostgreSQL, and their places in the WAL', async () => {
    await using stage = await logStage();
    const { topics, told } = await stage.open();
    const { since } = await topics.listen('topic:com.shop.order');
    await stage.sql.query(`SELECT crossbar.publish('com.shop.other', '[1]')`);
    const { rows } = await stage.sql.query(
      `SELECT ('0/0'::pg_lsn + crossbar.publish('com.shop.order', '[12345678901234567890.10]', '{"a": null}'))::text AS id`,
    );
    await stage.sql.query(`SELECT crossbar.publish('com.shop.order')`);
    await told.payloads('topic:com.shop.order', 2);
    const [first, second] = told.messages('topic:com.shop.order');
    expect(first?.payload).to.equal('{"topic":"com.shop.order","args":[12345678901234567890.10],"kwargs":{"a": null}}');
    expect(first?.id).to.equal(rows[0].id);
    expect(second?.payload).to.equal('{"topic":"com.shop.order","args":[],"kwargs":{}}');
    const positions = [since, first?.position, second?.position].map((position) => position ?? 0n);
    expect(positions.toSorted((one, other) => (one < other ? -1 : 1))).to.deep.equal(positions);
    expect(new Set(positions).size).to.equal(3);
  });

  it('may be patterns, with * for a component and ** for the rest', async () => {
    await using stage = await logStage();
    const { topics, told } = await stage.open();
    for (const pattern of ['com.*.order', 'com.shop.**']) await topics.listen(`topic:${pattern}`);
    for (const topic of ['com.shop.order', 'com.shop', 'com.shop.order.new', 'com.mine.order']) {
      await stage.sql.query('SELECT crossbar.publish($1)', [topic]);
    }
    const one = await told.payloads('topic:com.*.order', 2);
    expect(one.map(({ topic }) => topic)).to.deep.equal(['com.shop.order', 'com.mine.order']);
    const rest = await told.payloads('topic:com.shop.**', 2);
    expect(rest.map(({ topic }) => topic)).to.deep.equal(['com.shop.order', 'com.shop.order.new']);
  });

  it('refuse an invalid topic', async () => {
    await using stage = await logStage();
    const { topics } = await stage.open();
    for (const name of ['', 'com..order', 'com.order*', 'com.**.order', 'a b', 'a#']) {
      expect(await rejection(topics.listen(`topic:${name}`))).to.have.property('code', 'PGWAMP_CHANNEL_REFUSED');
    }
  });

  it('ignore messages that only look like publications', async () => {
    await using stage = await logStage();
    const { topics, told } = await stage.open();
    await topics.listen('topic:a.b');
    const foreign = [
      'a.b',
      'a.b\n\n[1\n',
      'a.b\n\n{"a": 1}\n',
      'a.b\n\n[1]\n[2]',
      'a.b\n{"a"\n[1]\n',
      `a.b\n\n${'['.repeat(200_000)}\n`,
    ];
    for (const content of foreign)
      await stage.sql.query(`SELECT pg_logical_emit_message(true, 'crossbar', $1)`, [content]);
    await stage.sql.query(`SELECT crossbar.publish('a.b', '["after"]')`);
    const [only] = await told.payloads('topic:a.b', 1);
    expect(only?.args).to.deep.equal(['after']);
  });

  it('ignore publications for certain WAMP sessions only', async () => {
    await using stage = await logStage();
    const { topics, told } = await stage.open();
    await topics.listen('topic:a.b');
    for (const options of [
      '{"eligible_authid": ["joe"]}',
      '{"exclude_authrole": ["guest"]}',
      '{"exclude_me": false}',
    ]) {
      await stage.sql.query('SELECT crossbar.publish($1, $2, NULL, $3)', ['a.b', JSON.stringify([options]), options]);
    }
    const [only] = await told.payloads('topic:a.b', 1);
    expect(only?.args).to.deep.equal(['{"exclude_me": false}']);
  });

  it('ignore publications that were rolled back, and send autonomous ones', async () => {
    await using stage = await logStage();
    const { topics, told } = await stage.open();
    await topics.listen('topic:a.b');
    await stage.sql.query(`BEGIN; SELECT crossbar.publish('a.b', '["lost"]');
      SELECT crossbar.publish('a.b', '["kept"]', autonomous => true); ROLLBACK; SELECT crossbar.publish('a.b', '["last"]')`);
    const payloads = await told.payloads('topic:a.b', 2);
    expect(payloads.map(({ args }) => args)).to.deep.equal([['kept'], ['last']]);
  });

  it('send a gap if a publication is too large, and after the loss of the connection', async () => {
    await using stage = await logStage();
    const feeds = stage.create({}, { limit: 1000 });
    const reading = await feeds.log.open(AbortSignal.timeout(30_000));
    await feeds.topics.listen('topic:a.b');
    await stage.sql.query(
      `SELECT crossbar.publish('a.b', jsonb_build_array(repeat('x', 500000))); SELECT crossbar.publish('a.b')`,
    );
    await feeds.told.payloads('topic:a.b', 1);
    expect(feeds.told.reasons('topic:a.b')[0]).to.match(/^a publication: it has \d+ bytes/);
    await stage.sql.query(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE temporary`);
    await waitFor(() => reading.lost.aborted, { what: 'the loss to be noticed' });
    await reading[Symbol.asyncDispose]();
    await stage.sql.query(`SELECT crossbar.publish('a.b', '["missed"]')`);
    await using _ = await feeds.log.open(AbortSignal.timeout(30_000));
    await stage.sql.query(`SELECT crossbar.publish('a.b', '["after"]')`);
    const payloads = await feeds.told.payloads('topic:a.b', 2);
    expect(payloads.at(-1)?.args).to.deep.equal(['after']);
    expect(feeds.told.reasons('topic:a.b').slice(2)).to.have.length(2);
  });

  it('end when the delivery changes to notify', async () => {
    await using stage = await logStage();
    const { topics, told } = await stage.open();
    await topics.listen('topic:a.b');
    await stage.sql.query(`UPDATE crossbar._delivery SET mode = 'notify'`);
    await waitFor(() => told.reasons('topic:a.b').length > 0, { what: 'the end of the channel' });
    expect(told.reasons('topic:a.b')[0]).to.match(/^ended: .*"notify"/);
    expect(await rejection(topics.listen('topic:a.b'))).to.have.property('code', 'PGWAMP_CHANNEL_REFUSED');
  });
});

/** A stage whose publications go to the outbox, for some realms. */
async function outboxStage(...realms: string[]): Promise<LogStage> {
  const stage = await logStage();
  await deliverBy(stage, 'outbox');
  for (const realm of realms)
    await stage.sql.query(`INSERT INTO crossbar.realm (realm, slot) VALUES ('${realm}', '${realm}')`);
  return stage;
}

/** As a Publisher does when it starts. */
async function deliverBy({ database, sql }: LogStage, delivery: Delivery): Promise<void> {
  await using connection = await Connection.open(databaseSchema.parse(crossbarLogin(database)), 'publisher');
  await install(connection, { delivery });
  await sql.query('UPDATE crossbar._delivery SET mode = $1', [delivery]);
}

describe('Gateway: topic channels with delivery outbox', () => {
  it('send each publication once, for any number of realms, even if a Publisher deletes it immediately', async () => {
    await using stage = await outboxStage('realm1', 'realm2');
    const { topics, told } = await stage.open();
    await topics.listen('topic:a.b');
    await stage.sql.query(`SELECT crossbar.publish('a.c', '[0]')`);
    await stage.sql.query(
      `SELECT crossbar.publish('a.b', '[12345678901234567890.10]'), crossbar.publish('a.b', '[2]')`,
    );
    await stage.sql.query(`SELECT crossbar.publish('a.b', '["hidden"]', NULL, '{"eligible_authid": ["joe"]}')`);
    await stage.sql.query('DELETE FROM crossbar.outbox');
    await stage.sql.query(`SELECT crossbar.publish('a.b', '["last"]')`);
    await told.payloads('topic:a.b', 3);
    const messages = told.messages('topic:a.b');
    expect(messages.map(({ payload }) => payload)).to.deep.equal(
      ['[12345678901234567890.10]', '[2]', '["last"]'].map((args) => `{"topic":"a.b","args":${args},"kwargs":{}}`),
    );
    expect(new Set(messages.map(({ id }) => id)).size).to.equal(3);
  });

  it('continue without a gap when the delivery changes', async () => {
    await using stage = await outboxStage('realm1');
    const { topics, told } = await stage.open();
    await topics.listen('topic:a.b');
    await stage.sql.query(`SELECT crossbar.publish('a.b', '[1]')`);
    await deliverBy(stage, 'wal');
    await stage.sql.query(`SELECT crossbar.publish('a.b', '[2]')`);
    await deliverBy(stage, 'outbox');
    await stage.sql.query(`SELECT crossbar.publish('a.b', '[3]')`);
    const payloads = await told.payloads('topic:a.b', 3);
    expect(payloads.map(({ args }) => args)).to.deep.equal([[1], [2], [3]]);
    expect(told.reasons('topic:a.b')).to.deep.equal([]);
  });

  it('ignore publications that were rolled back, and send a gap for one that is too large', async () => {
    await using stage = await outboxStage('realm1', 'realm2');
    const feeds = stage.create({}, { limit: 1000 });
    await using _ = await feeds.log.open(AbortSignal.timeout(30_000));
    await feeds.topics.listen('topic:a.b');
    await stage.sql.query('BEGIN');
    await stage.sql.query(`SELECT crossbar.publish('a.b', '["lost"]')`);
    await stage.sql.query('ROLLBACK');
    await stage.sql.query(`SELECT crossbar.publish('a.b', jsonb_build_array(repeat('x', 500000)))`);
    await stage.sql.query(`SELECT crossbar.publish('a.b', '["last"]')`);
    const [only] = await feeds.told.payloads('topic:a.b', 1);
    expect(only?.args).to.deep.equal(['last']);
    expect(feeds.told.reasons('topic:a.b')[0]).to.match(/^a publication: it is larger than log.max_message_size/);
  });

  it('include publications made while no gateway ran if a durable slot retains the WAL', async () => {
    await using stage = await outboxStage('realm1', 'realm2');
    const retention = { age: 600_000, bytes: 1e8, wal: 1e9 };
    const durable = { slot: `kept_${stage.database.name}`, retention };
    const former = stage.create({}, { durable });
    {
      await using _ = await former.log.open(AbortSignal.timeout(30_000));
      await former.topics.listen('topic:a.b');
    }
    await stage.sql.query(`SELECT crossbar.publish('a.b', '["missed"]')`);
    await stage.sql.query('DELETE FROM crossbar.outbox');
    const later = stage.create({}, { durable });
    {
      await using _ = await later.log.open(AbortSignal.timeout(30_000));
      const { past = [] } = await later.topics.listen('topic:a.b');
      expect(past.map(({ payload }) => payload)).to.deep.equal(['{"topic":"a.b","args":["missed"],"kwargs":{}}']);
    }
    await stage.sql.query('SELECT pg_drop_replication_slot($1)', [durable.slot]);
  });

  it('are added to the publication by the gateway, and are refused with the statement if it may not, or end when removed', async () => {
    await using stage = await outboxStage('realm1');
    await stage.sql.query('DROP PUBLICATION pgwamp_gateway; CREATE PUBLICATION pgwamp_gateway');
    const refused = await stage.open();
    const error = await rejection(refused.topics.listen('topic:a.b'));
    expect(error.message).to.contain('ALTER PUBLICATION "pgwamp_gateway" ADD TABLE crossbar.outbox');
    await stage.sql.query('ALTER PUBLICATION pgwamp_gateway OWNER TO crossbar');
    const { topics, told } = await stage.open();
    await topics.listen('topic:a.b');
    await stage.sql.query(`SELECT crossbar.publish('a.b', '[1]')`);
    await told.payloads('topic:a.b', 1);
    await stage.sql.query('ALTER PUBLICATION pgwamp_gateway DROP TABLE crossbar.outbox');
    await waitFor(() => told.reasons('topic:a.b').length > 0, { what: 'the end of the channel' });
    expect(told.reasons('topic:a.b')[0]).to.match(/^ended: .*ADD TABLE crossbar.outbox/);
  });

  it('are refused while there is no realm', async () => {
    await using stage = await outboxStage();
    const { topics } = await stage.open();
    expect((await rejection(topics.listen('topic:a.b'))).message).to.contain('start a Publisher');
  });
});

describe('Topic pattern', () => {
  it('matches special characters of regular expressions literally', () => {
    expect(topicTest('a.+')?.('a.bb')).to.equal(false);
    expect(topicTest('a.+')?.('a.+')).to.equal(true);
    expect(topicTest('**')?.('a')).to.equal(true);
  });
});
