import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresServer, startPostgres, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions } from '@pgwamp/harness/fixtures/start-publisher';
import { Publisher } from '@pgwamp/publisher';
import { expect } from 'chai';
import { pino } from 'pino';
import { startRouter } from './support/router.ts';

/** Restarts a server as a standby, which takes no writes until it is promoted. */
async function becomeStandby(server: PostgresServer): Promise<void> {
  const directory = await ask(server, 'SHOW data_directory');
  await server.stop();
  await writeFile(join(directory, 'standby.signal'), '');
  await server.start();
}

async function ask(server: PostgresServer, statement: string): Promise<string> {
  await using superuser = await server.connect();
  const { rows } = await superuser.query(statement);
  return String(Object.values(rows[0] ?? {})[0]);
}

describe('a Publisher whose address leads to a standby of PostgreSQL', () => {
  for (const delivery of ['wal', 'outbox'] as const) {
    it(`retries, and works as soon as the standby is promoted, with delivery ${delivery}`, async () => {
      await using server = await startPostgres({ own: true });
      await using database = await prepareDatabase(server);
      await using router = await startRouter();
      await becomeStandby(server);
      await using publisher = new Publisher(publisherOptions(database.options, router.url, { delivery }), {
        log: pino({ level: 'silent' }),
      });
      const started = publisher.start();
      started.catch(() => undefined);
      await waitFor(() => publisher.status().reconnects > 0 || publisher.status().state === 'stopped', {
        what: 'the first try to end',
      });
      expect(publisher.status().state).to.equal('starting');
      await ask(server, 'SELECT pg_promote()');
      await started;
      expect(publisher.status()).to.include({ state: 'running', delivery });
    });
  }
});
