import { waitFor } from '@pgwamp/harness';
import { joinAsApplication } from '@pgwamp/harness/fixtures/application-session';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { subscribe } from '@pgwamp/harness/fixtures/subscribe';
import { expect } from 'chai';
import { drained } from './support/drained.ts';
import { recordEvents } from './support/record-events.ts';
import { startRouter } from './support/router.ts';

describe('A Publisher that is given the AutobahnJS session of an application', () => {
  for (const delivery of ['wal', 'outbox'] as const) {
    it(`publishes over it, and leaves it open (${delivery})`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      const events: unknown[] = [];
      await subscribe(testRouter.router, { topics: ['com.example.borrowed'] }, (_topic, args, kwargs) =>
        events.push([args, kwargs]),
      );
      await using application = await joinAsApplication(testRouter.url);
      const { session } = application;
      const options = publisherOptions(database.options, testRouter.url, { delivery });
      await using publisher = await startPublisher({ ...options, transport: { type: 'session', session } });
      expect(publisher.status().session).to.deep.equal({ id: session.id });
      await using connection = await database.connect();
      await connection.query(
        `SELECT crossbar.publish('com.example.borrowed', '[1, "two", [3]]', '{"four": {"five": 6}}')`,
      );
      await connection.query(`SELECT crossbar.publish('com.example.borrowed')`);
      await waitFor(() => events.length === 2, { what: 'both events' });
      await publisher.stop();
      expect(events).to.deep.equal([
        [[1, 'two', [3]], { four: { five: 6 } }],
        [[], {}],
      ]);
      expect(session.isOpen).to.equal(true);
    });
  }

  it('stores refused publications, and publishes undelivered ones on a new session', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter({ uris: 'strict' });
    const events = await recordEvents(testRouter.router, 'com.example.borrowed');
    await using application = await joinAsApplication(testRouter.url);
    const options = publisherOptions(database.options, testRouter.url);
    await using connection = await database.connect();
    await using first = await startPublisher({
      ...options,
      transport: { type: 'session', session: application.session },
    });
    await connection.query(`SELECT crossbar.publish('com.example.Refused', '[0]')`);
    await connection.query(`SELECT crossbar.publish('com.example.borrowed', '[1]')`);
    await drained(connection);
    const { rows } = await connection.query('SELECT topic, error FROM crossbar.refused_publication');
    expect(rows).to.deep.equal([{ topic: 'com.example.Refused', error: 'wamp.error.invalid_uri' }]);
    await application.close();
    await waitFor(() => first.status().state === 'reconnecting', { what: 'the end of the session to be noticed' });
    await connection.query(`SELECT crossbar.publish('com.example.borrowed', '[2]')`);
    await first.stop();
    await using another = await joinAsApplication(testRouter.url);
    await using _second = await startPublisher({
      ...options,
      transport: { type: 'session', session: another.session },
    });
    await drained(connection);
    expect(events).to.deep.equal([1, 2]);
  });
});
