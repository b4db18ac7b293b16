import { waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import type { Router } from '@pgwamp/router';
import { expect } from 'chai';

const code = { WELCOME: 2, SUBSCRIBE: 32, SUBSCRIBED: 33, EVENT: 36 } as const;

/** Subscribes, and records the details of each EVENT. */
async function recordDetails(router: Router, topic: string): Promise<Record<string, unknown>[]> {
  const details: Record<string, unknown>[] = [];
  const socket = router.attach();
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.onframe = (frame) => {
    const message = JSON.parse(frame);
    if (message[0] === code.WELCOME) socket.send(JSON.stringify([code.SUBSCRIBE, 1, {}, topic]));
    else if (message[0] === code.SUBSCRIBED) resolve();
    else if (message[0] === code.EVENT) details.push(message[3]);
  };
  socket.send(JSON.stringify([1, 'realm1', { roles: { subscriber: {} } }]));
  await promise;
  return details;
}

describe('the role of a Publisher in the process of its router', () => {
  for (const [role, authrole] of [
    ['database', 'database'],
    [undefined, 'anonymous'],
  ] as const) {
    it(`is ${authrole} if the configuration says ${role ?? 'nothing'}`, async () => {
      await using database = await prepareDatabase();
      await using router = createTestRouter();
      const details = await recordDetails(router, 'com.example.topic1');
      await using _ = await startPublisher({
        realm: 'realm1',
        ...(role && { role }),
        transport: { type: 'memory', router },
        extra: { database: database.options },
      });
      await using superuser = await database.connect();
      await superuser.query(`SELECT crossbar.publish('com.example.topic1', options => '{"disclose_me": true}')`);
      await waitFor(() => details.length > 0, { what: 'the event' });
      expect(details[0]).to.include({ publisher_authrole: authrole });
    });
  }
});
