import { waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { drained } from './support/drained.ts';
import { recordEvents } from './support/record-events.ts';
import { startRouter } from './support/router.ts';

const topic = 'com.example.good';
const publish = 'SELECT crossbar.publish($1, $2::jsonb)';

/** 92 MB of characters that JSON escapes: 552 MB of text, more than a string of Node holds. */
const escaped = `SELECT crossbar.publish($1, jsonb_build_array(repeat(chr(1), 92000000)))`;

describe('Publisher: a message longer than the longest string', function () {
  this.timeout(300_000);

  it('continues with other messages, for any prefix (wal)', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    const events = await recordEvents(testRouter.router, topic);
    await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url));
    await using connection = await database.connect();
    const before = process.memoryUsage().rss;
    for (const prefix of ['anything', 'crossbar']) {
      await connection.query(`SELECT pg_logical_emit_message(false, $1, repeat('x', 540000000))`, [prefix]);
    }
    await connection.query(`SELECT pg_logical_emit_message(false, repeat('p', 540000000), '')`);
    await connection.query(escaped, [topic]);
    await connection.query(publish, [topic, '["after"]']);
    await waitFor(() => events.includes('after'), { what: 'the publication behind them', deadline: 200_000 });
    expect(process.memoryUsage().rss - before).to.be.below(200_000_000);
    await drained(connection);
    const { rows } = await connection.query(
      'SELECT topic, content, error FROM crossbar.refused_publication ORDER BY id',
    );
    const error = 'wamp.error.payload_size_exceeded';
    expect(rows).to.deep.equal([
      { topic: null, content: '540000000 bytes', error },
      { topic, content: '552000023 bytes', error },
    ]);
    expect(publisher.status().reconnects).to.equal(0);
  });

  it('continues with other messages (outbox)', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    const events = await recordEvents(testRouter.router, topic);
    await using publisher = await startPublisher(
      publisherOptions(database.options, testRouter.url, { delivery: 'outbox' }),
    );
    await using connection = await database.connect();
    await connection.query(escaped, [topic]);
    await connection.query(publish, [topic, '["after"]']);
    await waitFor(() => events.includes('after'), { what: 'the publication behind it', deadline: 200_000 });
    const { rows } = await connection.query('SELECT topic, content FROM crossbar.refused_publication');
    expect(rows).to.deep.equal([{ topic, content: '552000023 bytes' }]);
    expect(publisher.status().reconnects).to.equal(0);
  });
});
