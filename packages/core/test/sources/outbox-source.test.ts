import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { textMessage } from '../../src/pipeline/index.ts';
import { Connection, Notifications } from '../../src/postgres/index.ts';
import { OutboxSource, type OutboxTable } from '../../src/sources/index.ts';
import { terminate } from '../support/backends.ts';
import { installedDatabase } from '../support/database.ts';
import { readSome, readUntil, topicsOf } from '../support/messages.ts';
import { silent } from '../support/silent.ts';

const table: OutboxTable = {
  name: 'crossbar.outbox',
  key: { lsn: 'pg_lsn', id: 'bigint' },
  id: 'id',
  channel: 'realm',
  payload: 'content',
  condition: 'realm = $1',
  parameter: 'realm1',
  hints: 'crossbar_outbox',
  announce: 'UPDATE crossbar.realm SET waiting = $2 WHERE realm = $1',
};

async function outboxDatabase() {
  const database = await installedDatabase('outbox');
  const connection = await Connection.open(database.crossbar, 'reader');
  const notifications = new Notifications(database.crossbar, 'hints', silent);
  return {
    ...database,
    connection,
    open: (limit = 16 * 1024 * 1024) =>
      new OutboxSource({
        connection,
        notifications,
        table,
        parse: textMessage,
        limit,
      }),
    async run(sql: string): Promise<Record<string, unknown>[]> {
      await using client = await database.connect();
      return (await client.query(sql)).rows;
    },
    async [Symbol.asyncDispose]() {
      await notifications[Symbol.asyncDispose]();
      connection.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
}

const left = 'SELECT count(*)::int AS rows FROM crossbar.outbox';

describe('OutboxSource', () => {
  it('yields committed messages in order, and deletes confirmed ones', async () => {
    await using database = await outboxDatabase();
    await database.run(`SELECT crossbar.publish('com.example.' || n) FROM generate_series(1, 5000) AS n`);
    await using source = database.open();
    const topics = topicsOf(await readSome(source, 5000));
    expect(topics).to.deep.equal(Array.from({ length: 5000 }, (_, n) => String(n + 1)));
    expect(await database.run(left)).to.deep.equal([{ rows: 0 }]);
  });

  it('yields unconfirmed messages again', async () => {
    await using database = await outboxDatabase();
    await database.run(`SELECT crossbar.publish('com.example.' || n) FROM generate_series(1, 3) AS n`);
    for (const confirm of [false, true]) {
      await using source = database.open();
      expect(topicsOf(await readSome(source, 3, confirm))).to.deep.equal(['1', '2', '3']);
      expect(await database.run(left)).to.deep.equal([{ rows: confirm ? 0 : 3 }]);
    }
  });

  it('yields messages of a transaction that began early and commits late', async () => {
    await using database = await outboxDatabase();
    await using slow = await database.connect();
    await slow.query(`BEGIN; SELECT crossbar.publish('com.example.slow')`);
    await database.run(`SELECT crossbar.publish('com.example.quick')`);
    await using source = database.open();
    expect(topicsOf(await readSome(source, 1))).to.deep.equal(['quick']);
    await slow.query('COMMIT');
    expect(topicsOf(await readSome(source, 1))).to.deep.equal(['slow']);
  });

  it('requests NOTIFY only while it sleeps, and wakes up with it', async () => {
    await using database = await outboxDatabase();
    await using source = database.open();
    const reading = readSome(source, 1);
    const waiting = 'SELECT waiting FROM crossbar.realm';
    await waitFor(async () => (await database.run(waiting))[0]?.waiting, { what: 'the source to sleep' });
    await database.run(`SELECT crossbar.publish('com.example.wake')`);
    expect(topicsOf(await reading)).to.deep.equal(['wake']);
    expect(await database.run(waiting)).to.deep.equal([{ waiting: false }]);
  });

  it('is woken up once by a transaction with many publications', async () => {
    await using database = await outboxDatabase();
    await database.run('UPDATE crossbar.realm SET waiting = true');
    await using listener = await database.connect();
    let hints = 0;
    listener.on('notification', () => {
      hints += 1;
    });
    await listener.query('LISTEN crossbar_outbox');
    // PostgreSQL sends the notifications of a session's own transaction before the answer to its next statement.
    await listener.query(`SELECT crossbar.publish('com.example.' || n) FROM generate_series(1, 1000) AS n`);
    await listener.query('SELECT');
    expect(hints).to.equal(1);
  });

  it('limits the size of a batch, and yields a larger row alone', async () => {
    await using database = await outboxDatabase();
    await database.run(
      `SELECT crossbar.publish('com.example.topic', jsonb_build_array(repeat('x', 1500000 * (1 + n / 5 * 4)))) FROM generate_series(1, 6) AS n`,
    );
    await using source = database.open();
    const sizes: number[] = [];
    await readUntil(source, ({ length }, { messages }) => {
      sizes.push(messages.length);
      return length === 6;
    });
    expect(sizes).to.deep.equal([2, 2, 1, 1]);
  });

  it('reads only the beginning of a row beyond the limit, and reports its size', async () => {
    await using database = await outboxDatabase();
    await database.run(
      `SELECT crossbar.publish('com.example.' || n, jsonb_build_array(repeat('x', n))) FROM unnest(ARRAY[1, 5000, 2]) AS n`,
    );
    await using source = database.open(4000);
    const messages = await readSome(source, 3);
    expect(topicsOf(messages)).to.deep.equal(['1', '5000', '2']);
    const [first, large, last] = messages;
    expect([first?.refusal, last?.refusal]).to.deep.equal([undefined, undefined]);
    expect(large?.refusal).to.have.property('kind', 'too_large');
    expect(large?.size).to.equal(5023);
    expect(large?.payload).to.have.lengthOf.below(2000);
    expect(await database.run(left)).to.deep.equal([{ rows: 0 }]);
  });

  it('yields the remaining messages and ends (readAll)', async () => {
    await using database = await outboxDatabase();
    await database.run(`SELECT crossbar.publish('com.example.' || n) FROM generate_series(1, 2500) AS n`);
    await using source = database.open();
    let count = 0;
    const reading = async () => {
      for await (const batch of source.readAll(new AbortController().signal)) {
        count += batch.messages.length;
        await batch.confirm?.();
      }
    };
    await withDeadline(reading(), 10_000, 'the end of the outbox');
    expect(count).to.equal(2500);
  });

  it('throws when its connection is lost', async () => {
    await using database = await outboxDatabase();
    await using source = database.open();
    const reading = rejection(readUntil(source, () => false));
    await terminate(database, database.connection.processId);
    expect(await reading).to.be.instanceOf(Error);
  });
});
