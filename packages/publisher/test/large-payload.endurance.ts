import { createHash } from 'node:crypto';
import { withDeadline } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { subscribe } from '@pgwamp/harness/fixtures/subscribe';
import { expect } from 'chai';
import { drained } from './support/drained.ts';
import { startRouter } from './support/router.ts';

const topic = 'com.example.large';
const size = 50 * 1024 * 1024;
const roomy = 64 * 1024 * 1024;

describe('Publisher: a payload of 50 MB', function () {
  this.timeout(60_000);

  for (const delivery of ['wal', 'outbox'] as const) {
    it(`arrives whole by delivery ${delivery}, between its neighbours`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter({ limits: { maxMessageSize: roomy, maxBufferedBytes: 2 * roomy } });
      const events: string[] = [];
      const last = Promise.withResolvers<void>();
      await subscribe(testRouter.router, { topics: [topic] }, (_topic, [text]) => {
        events.push(digest(text as string));
        if (text === 'after') last.resolve();
      });
      // Router, Publisher and subscriber are one process here, which is silent for seconds while it is busy with so much.
      const patience = 30_000;
      const login = { ...database.options, heartbeat: { interval: 5000, timeout: patience } };
      const choices = { delivery, transport: { max_message_size: roomy, auto_ping_timeout: patience } };
      await using publisher = await startPublisher(publisherOptions(login, testRouter.url, choices));
      await using connection = await database.connect();
      const publish = 'SELECT crossbar.publish($1, jsonb_build_array($2::text))';
      const large = 'größe'.repeat(size / 7);
      for (const text of ['before', large, 'after']) await connection.query(publish, [topic, text]);
      await withDeadline(last.promise, 30_000, 'the event behind the large one');
      expect(events).to.deep.equal(['before', large, 'after'].map(digest));
      await drained(connection);
      expect(publisher.status()).to.include({ refused: 0, reconnects: 0 });
    });
  }
});

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
