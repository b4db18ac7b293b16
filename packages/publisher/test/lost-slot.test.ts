import { type Connection, type PostgresServer, startPostgres, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { subscribe } from '@pgwamp/harness/fixtures/subscribe';
import { expect } from 'chai';
import { pino } from 'pino';
import { startRouter } from './support/router.ts';

/** Writes so much log that PostgreSQL keeps no more for the slot than it is allowed to. */
async function outgrow(superuser: Connection, slot: string): Promise<void> {
  const status = 'SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1';
  await waitFor(
    async () => {
      await superuser.query(`SELECT pg_logical_emit_message(false, 'filler', repeat('x', 1024 * 1024))`);
      await superuser.query('SELECT pg_switch_wal()');
      await superuser.query('CHECKPOINT');
      return (await superuser.query(status, [slot])).rows[0]?.wal_status === 'lost';
    },
    { what: 'PostgreSQL to invalidate the slot', deadline: 30_000 },
  );
}

async function drop(superuser: Connection, slot: string): Promise<void> {
  await superuser.query('SELECT pg_drop_replication_slot($1)', [slot]);
}

const losses = { 'PostgreSQL has invalidated': outgrow, 'somebody has dropped': drop };

function smallServer(): Promise<PostgresServer> {
  return startPostgres({ settings: { max_slot_wal_keep_size: '1MB', max_wal_size: '32MB', min_wal_size: '32MB' } });
}

describe('a Publisher whose slot', () => {
  for (const [what, lose] of Object.entries(losses)) {
    it(`${what} logs it, creates a new slot, and delivers later publications`, async () => {
      await using server = await smallServer();
      await using database = await prepareDatabase(server);
      await using router = await startRouter();
      await using superuser = await database.connect();
      const errors: string[] = [];
      const log = pino({ level: 'error' }, { write: (line) => errors.push(JSON.parse(line).msg) });
      await using publisher = await startPublisher(publisherOptions(database.options, router.url), { log });
      const slot = publisher.status().database?.slot ?? '';
      await publisher.stop();

      await lose(superuser, slot);
      await publisher.start();
      expect(errors).to.deep.equal(['the replication slot was lost, and publications with it']);
      const events: unknown[][] = [];
      await subscribe(router.router, { topics: ['com.example.topic1'] }, (_topic, args) => events.push(args));
      await superuser.query(`SELECT crossbar.publish('com.example.topic1', '["later"]')`);
      await waitFor(() => events.length > 0, { what: 'the event' });
      expect(events).to.deep.equal([['later']]);
    });
  }
});
