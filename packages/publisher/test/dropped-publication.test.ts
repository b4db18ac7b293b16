import { waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { subscribe } from '@pgwamp/harness/fixtures/subscribe';
import { expect } from 'chai';
import { pino } from 'pino';
import { startRouter } from './support/router.ts';

describe('a Publisher whose publication was dropped while a table was written', () => {
  for (const [delivery, remake] of [
    ['wal', true],
    ['auto', false],
  ] as const) {
    const what = remake ? 'and made again' : 'and not made again';
    it(`${what}, delivers later publications with delivery ${delivery}, and logs the loss`, async () => {
      await using database = await prepareDatabase();
      await using router = await startRouter();
      await using superuser = await database.connect();
      const lines: string[] = [];
      const log = pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line).msg) });
      const options = publisherOptions(database.options, router.url, { delivery });
      await using publisher = await startPublisher(options, { log });
      const events: unknown[][] = [];
      await subscribe(router.router, { topics: ['com.example.topic1'] }, (_topic, args) => events.push(args));
      await publisher.stop();
      await superuser.query(`CREATE TABLE written (id integer); DROP PUBLICATION crossbar`);
      await superuser.query(`INSERT INTO written VALUES (1)`);
      if (remake) await superuser.query('CREATE PUBLICATION crossbar');
      await publisher.start();
      // Until the slot has been replaced, publications are lost.
      const arrives = async () => {
        await superuser.query(`SELECT crossbar.publish('com.example.topic1', '["later"]')`);
        return events.length > 0;
      };
      await waitFor(arrives, { what: 'the event' });
      expect(publisher.status().state).to.equal('running');
      expect(events[0]).to.deep.equal(['later']);
      const { rows } = await superuser.query(`SELECT current_setting('server_version_num')::integer >= 180000 AS able`);
      const isLost = !rows[0].able;
      expect(lines.some((line) => line.startsWith('the replication slot cannot be read any more'))).to.equal(isLost);
    });
  }
});
