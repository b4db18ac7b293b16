import { type Connection, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { pino } from 'pino';
import { drained } from './support/drained.ts';
import { distinct, recordEvents } from './support/record-events.ts';
import { startRouter } from './support/router.ts';

const topic = 'com.example.good';
const deliveries = ['wal', 'outbox'] as const;

/** Longer than the messages that the router of these tests takes. */
const tooLong = 'x'.repeat(200_000);

function publishNumbers(connection: Connection, first: number, last: number): Promise<unknown> {
  const publish =
    'SELECT crossbar.publish($1, jsonb_build_array(number)) FROM generate_series($2::int, $3::int) AS number';
  return connection.query(publish, [topic, first, last]);
}

async function refused(connection: Connection): Promise<Record<string, unknown>[]> {
  const { rows } = await connection.query('SELECT * FROM crossbar.refused_publication ORDER BY id');
  return rows;
}

function numbers(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

describe('A publication that the router refuses', function () {
  this.timeout(60_000);

  for (const delivery of deliveries) {
    it(`is stored with the error, and its neighbors arrive in order (${delivery})`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter({ uris: 'strict' });
      const events = await recordEvents(testRouter.router, topic);
      await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url, { delivery }));
      await using connection = await database.connect();
      await connection.query('BEGIN');
      await publishNumbers(connection, 1, 10);
      const { rows } = await connection.query(
        `SELECT crossbar.publish('com.example.Straße', '[1.0, "two"]', '{"three": 3}', '{"exclude_me": false}') AS id`,
      );
      await publishNumbers(connection, 11, 20);
      await connection.query('COMMIT');
      await waitFor(() => events.length === 20, { what: 'the others' });
      const [refusal, ...more] = await waitFor(
        async () => (await refused(connection)).length > 0 && refused(connection),
        {
          what: 'the refusal to be kept',
        },
      );
      expect(more).to.deep.equal([]);
      expect(refusal).to.include({
        realm: 'realm1',
        id: rows[0].id,
        topic: 'com.example.Straße',
        error: 'wamp.error.invalid_uri',
        content: null,
      });
      expect(refusal?.args).to.deep.equal([1, 'two']);
      expect(refusal?.kwargs).to.deep.equal({ three: 3 });
      expect(events).to.deep.equal(numbers(20));
      await publisher.stop();
      expect(publisher.status()).to.include({ published: 20, refused: 1, reconnects: 0 });
    });

    it(`by closing the connection is stored alone, at any place in a transaction (${delivery})`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter({ limits: { maxMessageSize: 100_000 } });
      const events = await recordEvents(testRouter.router, topic);
      const choices = { delivery, window: { publications: 16 } };
      await using _publisher = await startPublisher(publisherOptions(database.options, testRouter.url, choices));
      await using connection = await database.connect();
      await publishNumbers(connection, 1, 10);
      await connection.query('BEGIN');
      await publishNumbers(connection, 11, 100);
      await connection.query('SELECT crossbar.publish($1, jsonb_build_array($2::text))', [topic, tooLong]);
      await publishNumbers(connection, 101, 150);
      await connection.query('SELECT crossbar.publish($1, jsonb_build_array($2::text))', [topic, tooLong]);
      await publishNumbers(connection, 151, 200);
      await connection.query('COMMIT');
      await publishNumbers(connection, 201, 210);
      await waitFor(() => distinct(events).length === 210, { what: 'all others', deadline: 20_000 });
      expect(distinct(events)).to.deep.equal(numbers(210));
      await drained(connection);
      const refusals = await refused(connection);
      expect(refusals.map(({ error }) => error)).to.deep.equal(Array(2).fill('wamp.error.protocol_violation'));
      expect(refusals.map(({ args }) => (args as string[])[0]?.length)).to.deep.equal([tooLong.length, tooLong.length]);
    });

    it(`is one that exceeds max_message_size, which is not even sent (${delivery})`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      const events = await recordEvents(testRouter.router, topic);
      const choices = { delivery, transport: { max_message_size: 100_000 } };
      await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url, choices));
      await using connection = await database.connect();
      await publishNumbers(connection, 1, 5);
      await connection.query('SELECT crossbar.publish($1, jsonb_build_array($2::text))', [topic, tooLong]);
      await publishNumbers(connection, 6, 10);
      await waitFor(() => events.length === 10, { what: 'the others' });
      expect(events).to.deep.equal(numbers(10));
      await waitFor(async () => (await refused(connection)).length === 1, { what: 'the refusal to be kept' });
      const [refusal] = await refused(connection);
      expect(refusal).to.include({ error: 'wamp.error.payload_size_exceeded', topic, args: null });
      expect(refusal?.content).to.match(/^20\d{4} bytes$/);
      expect(publisher.status().reconnects).to.equal(0);
    });

    it(`is logged once for each topic (${delivery})`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter({ uris: 'strict' });
      const events = await recordEvents(testRouter.router, topic);
      const lines: { level: number; topic?: string; msg: string }[] = [];
      const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
      const options = publisherOptions(database.options, testRouter.url, { delivery });
      await using _publisher = await startPublisher(options, { log });
      await using connection = await database.connect();
      const wrong = ['com.example.Straße', 'com.example.Weg'];
      for (const other of [...wrong, ...wrong, ...wrong])
        await connection.query(`SELECT crossbar.publish($1)`, [other]);
      await publishNumbers(connection, 1, 1);
      await waitFor(async () => events.length === 1 && (await refused(connection)).length === 6, {
        what: 'all refusals',
      });
      expect(lines.map((line) => line.topic)).to.deep.equal(wrong);
      expect(lines[0]?.msg).to.include('wamp.error.invalid_uri');
    });
  }
});
