import { JoinRefusedError } from '@pgwamp/core';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { pino } from 'pino';
import { startRouter } from './support/router.ts';

const slots = 'SELECT slot_name AS slot FROM pg_replication_slots WHERE database = current_database()';

/** A log, and the lines of one level or above that were written to it. */
function recordLog(level: string) {
  const lines: string[] = [];
  return { lines, log: pino({ level }, { write: (line) => lines.push(JSON.parse(line).msg) }) };
}

describe('A Publisher of a realm that is new to the database', () => {
  it('creates no replication slot if the router does not have the realm, and installs the schema', async () => {
    await using database = await prepareDatabase();
    await using router = await startRouter();
    await using sql = await database.connect();
    await sql.query('DROP SCHEMA crossbar CASCADE; CREATE SCHEMA crossbar AUTHORIZATION crossbar');
    const mistyped = publisherOptions(database.options, router.url, { realm: 'raelm1' });
    expect(await rejection(startPublisher(mistyped))).to.be.instanceOf(JoinRefusedError);
    expect(await rows(sql, slots)).to.deep.equal([]);
    expect(await rows(sql, 'SELECT FROM crossbar.realm')).to.deep.equal([]);
    await sql.query(`SELECT crossbar.publish('com.example.nowhere')`);
  });

  it('logs once which slot it creates', async () => {
    await using database = await prepareDatabase();
    await using router = await startRouter();
    const { lines, log } = recordLog('info');
    await using publisher = await startPublisher(publisherOptions(database.options, router.url), { log });
    const slot = publisher.status().database?.slot;
    await publisher.stop();
    await publisher.start();
    expect(lines.filter((line) => line.includes('replication slot'))).to.deep.equal([
      `created replication slot ${slot}`,
    ]);
  });
});

describe('A Publisher beside unused replication slots', () => {
  it('warns once of each, with the SQL that removes it permanently', async () => {
    await using database = await prepareDatabase();
    await using router = await startRouter({ realms: ['realm1', "o'realm"] });
    await using sql = await database.connect();
    await using former = await startPublisher(publisherOptions(database.options, router.url, { realm: "o'realm" }));
    const slot = former.status().database?.slot;
    const nobody = `crossbar_0_${database.name}`.toLowerCase();
    await sql.query(`SELECT pg_create_logical_replication_slot('${nobody}', 'pgoutput')`);

    const { lines, log } = recordLog('warn');
    await using publisher = await startPublisher(publisherOptions(database.options, router.url), { log });
    const [orphaned, ...others] = lines;
    expect(others).to.deep.equal([]);
    expect(orphaned).to.match(
      /^replication slot crossbar_0_\w+ of no known realm is not in use and retains \d+ \w+ of WAL/,
    );
    await publisher.stop();
    await former.stop();
    await publisher.start();
    const [, idle, ...more] = lines;
    expect(more).to.deep.equal([]);
    expect(idle).to.include(`replication slot ${slot} of realm "o'realm" is not in use`);

    for (const line of lines) await sql.query(line.replace(/^.* or remove the slot: /, ''));
    await publisher.stop();
    await publisher.start();
    const left = (await rows<{ slot: string }>(sql, slots)).map((row) => row.slot);
    expect(left).to.deep.equal([publisher.status().database?.slot]);
  });
});
