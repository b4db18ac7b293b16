import { DeliveryConflictError } from '@pgwamp/core';
import { type Connection, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { Publisher } from '@pgwamp/publisher';
import { expect } from 'chai';
import { pino } from 'pino';
import { Load } from './support/load.ts';
import { LoadRecord } from './support/load-record.ts';
import { startRouter } from './support/router.ts';

const realms = ['realm1', 'com.example.realm-2'] as const;

describe('Publishers of two realms on one database', () => {
  for (const delivery of ['wal', 'outbox'] as const) {
    it(`deliver every publication of delivery ${delivery} to both realms, also those made while one Publisher is away`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter({ realms });
      const records = realms.map(() => new LoadRecord());
      for (const [index, realm] of realms.entries()) await records[index]?.listenTo(testRouter.router, realm);
      const choices = realms.map((realm) => publisherOptions(database.options, testRouter.url, { realm, delivery }));
      await using first = await startPublisher(choices[0] as (typeof choices)[number]);
      await using second = await startPublisher(choices[1] as (typeof choices)[number]);
      await using load = new Load(() => database.connect());
      await load.grownBy(100);
      await second.stop();
      await load.grownBy(100);
      await second.start();
      for (const record of records) await load.delivered(record);
      for (const record of records) record.expectOrder(0);
      for (const publisher of [first, second]) await publisher.stop();
      expect(first.status().published).to.equal(load.size);
      expect(second.status().published).to.equal(load.size);
    });
  }

  it('share one delivery: the second one uses it with auto, and waits if it is configured for another', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter({ realms });
    const optionsOf = (realm: string, delivery: 'auto' | 'wal' | 'outbox') =>
      publisherOptions(database.options, testRouter.url, { realm, delivery });
    await using first = await startPublisher(optionsOf(realms[0], 'outbox'));
    await using follower = await startPublisher(optionsOf(realms[1], 'auto'));
    expect(follower.status().delivery).to.equal('outbox');
    await follower.stop();
    await using rival = new Publisher(optionsOf(realms[1], 'wal'), { log: pino({ level: 'silent' }) });
    const started = rival.start();
    await waitFor(() => rival.status().error instanceof DeliveryConflictError, { what: 'the conflict to be told' });
    expect(first.status()).to.include({ state: 'running', delivery: 'outbox', reconnects: 0 });
    await first.stop();
    await started;
    expect(rival.status().delivery).to.equal('wal');
  });

  describe('that start together and want another one than before', () => {
    for (const [wanted, others] of [
      ['wal', 'wal'],
      ['notify', 'notify'],
      ['wal', 'notify'],
    ] as const) {
      it(`agree on a delivery, or the first of them decides: ${wanted} and ${others}`, async () => {
        await using database = await prepareDatabase();
        await using testRouter = await startRouter({ realms });
        const optionsOf = (realm: string, delivery: 'wal' | 'outbox' | 'notify') =>
          publisherOptions(database.options, testRouter.url, { realm, delivery });
        for (const realm of realms) await (await startPublisher(optionsOf(realm, 'outbox'))).stop();
        await using connection = await database.connect();
        // Both are elected, and neither can put its delivery in force yet.
        await connection.query('BEGIN; LOCK TABLE crossbar._migration IN EXCLUSIVE MODE');
        const log = pino({ level: 'silent' });
        await using first = new Publisher(optionsOf(realms[0], wanted), { log });
        await using second = new Publisher(optionsOf(realms[1], others), { log });
        const publishers = [first, second];
        const starts = publishers.map((publisher) => publisher.start());
        const isWaiting = () => publishers.every((publisher) => publisher.status().waitsFor.length > 0);
        await waitFor(isWaiting, { what: 'both to wait for the lock', deadline: 20_000 });
        await connection.query('COMMIT');
        await Promise.race(starts);
        const mode = (await connection.query('SELECT mode FROM crossbar._delivery')).rows[0].mode;
        const [winner, loser] = mode === wanted ? [first, second] : [second, first];
        if (wanted !== others) {
          const isTold = () => loser.status().error instanceof DeliveryConflictError;
          await waitFor(isTold, { what: 'the conflict to be told' });
          expect(winner.status().error, 'the one in whose way nobody is').to.equal(undefined);
          // Before that the other one may not change the delivery again.
          await backlogDelivered(connection, winner === first ? realms[0] : realms[1]);
          await winner.stop();
        }
        await Promise.all(starts);
        if (wanted !== others) return;
        for (const publisher of publishers) {
          const { delivery, error, reconnects } = publisher.status();
          expect({ delivery, error, reconnects }).to.deep.equal({ delivery: wanted, error: undefined, reconnects: 0 });
        }
      });
    }
  });

  it('do not change the delivery again before the other realm has delivered its backlog', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter({ realms });
    const optionsOf = (realm: string, delivery: 'auto' | 'wal' | 'outbox') =>
      publisherOptions(database.options, testRouter.url, { realm, delivery });
    const runs = async (realm: string, delivery: 'auto' | 'wal' | 'outbox') => {
      await using publisher = await startPublisher(optionsOf(realm, delivery));
      await using connection = await database.connect();
      await backlogDelivered(connection, realm);
      return publisher.status().delivery;
    };
    await runs(realms[1], 'wal');
    await runs(realms[0], 'wal');
    expect(await runs(realms[0], 'outbox')).to.equal('outbox');
    await using rival = new Publisher(optionsOf(realms[0], 'wal'), { log: pino({ level: 'silent' }) });
    const started = rival.start();
    await waitFor(() => rival.status().error instanceof DeliveryConflictError, { what: 'the conflict to be told' });
    expect(rival.status().error?.message).to.include(JSON.stringify(realms[1])).and.include('crossbar.realm');
    expect(await runs(realms[1], 'auto')).to.equal('outbox');
    await started;
    expect(rival.status().delivery).to.equal('wal');
  });

  it('decide by the state at the time of the change, not by the state before they waited', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter({ realms });
    const optionsOf = (realm: string, delivery: 'wal' | 'outbox') =>
      publisherOptions(database.options, testRouter.url, { realm, delivery });
    for (const realm of realms) await (await startPublisher(optionsOf(realm, 'outbox'))).stop();
    await using connection = await database.connect();
    await connection.query('BEGIN; LOCK TABLE crossbar._migration IN EXCLUSIVE MODE');
    await using publisher = new Publisher(optionsOf(realms[0], 'wal'), { log: pino({ level: 'silent' }) });
    const started = publisher.start();
    await waitFor(() => publisher.status().waitsFor.length > 0, { what: 'it to wait for the lock' });
    await using other = await database.connect();
    await other.query('SELECT crossbar._elect($1)', [`delivery ${realms[1]}`]);
    await connection.query('COMMIT');
    await waitFor(() => publisher.status().error instanceof DeliveryConflictError, { what: 'the conflict to be told' });
    expect((await connection.query('SELECT mode FROM crossbar._delivery')).rows).to.deep.equal([{ mode: 'outbox' }]);
    await other[Symbol.asyncDispose]();
    await started;
    expect(publisher.status().delivery).to.equal('wal');
  });
});

/** Waits until the Publisher of a realm has delivered the backlog of the former delivery. */
async function backlogDelivered(connection: Connection, realm: string): Promise<void> {
  const isThrough = `SELECT NOT EXISTS (SELECT FROM crossbar._former_delivery WHERE realm = $1) AS through`;
  await waitFor(async () => (await connection.query(isThrough, [realm])).rows[0].through, { what: 'the backlog' });
}
