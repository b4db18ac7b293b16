import { DatabaseLostError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type Message, type Parser, textMessage } from '../../src/pipeline/index.ts';
import { Connection, isWalSenderWorking, parseLsn } from '../../src/postgres/index.ts';
import { walMessages } from '../../src/sources/index.ts';
import { terminate } from '../support/backends.ts';
import { readSome, readUntil, topicsOf } from '../support/messages.ts';
import { walDatabase } from '../support/wal.ts';

describe('WalSource: logical messages', () => {
  it('yields publications in commit order, unchanged, and none that was rolled back', async () => {
    await using database = await walDatabase();
    await using first = await database.connect();
    await using second = await database.connect();
    await first.query(`BEGIN; SELECT crossbar.publish('com.example.begun_first', '[9223372036854775807, 1.10]')`);
    await second.query(`SELECT crossbar.publish('com.example.committed_first', NULL, '{"ä": "€𝄞"}')`);
    await first.query(`SAVEPOINT s; SELECT crossbar.publish('com.example.undone'); ROLLBACK TO s; COMMIT`);
    await second.query(`BEGIN; SELECT crossbar.publish('com.example.rolled_back'); ROLLBACK`);
    await second.query(`SELECT crossbar.publish('com.example.last', options => '{"exclude_me": false}')`);
    await using source = await database.open();
    const messages = await database.readAll(source);
    expect(topicsOf(messages)).to.deep.equal(['committed_first', 'begun_first', 'last']);
    expect(messages.map(({ payload }) => payload)).to.deep.equal([
      'com.example.committed_first\n\n\n{"ä": "€𝄞"}',
      'com.example.begun_first\n\n[9223372036854775807, 1.10]\n',
      'com.example.last\n{"exclude_me": false}\n\n',
    ]);
    for (const { payload, size } of messages) expect(size).to.equal(Buffer.byteLength(payload));
  });

  it('yields non-transactional messages, and only those with its own prefix', async () => {
    await using database = await walDatabase();
    await database.run(`
      SELECT pg_logical_emit_message(false, 'crossbar', E'com.example.outside\\n\\n\\n');
      SELECT pg_logical_emit_message(true, 'crossbars', E'com.example.foreign\\n\\n\\n');
      SELECT pg_logical_emit_message(false, 'another', E'com.example.foreign\\n\\n\\n');
      SELECT pg_logical_emit_message(true, 'crossbar', 'nonsense');
      SELECT pg_logical_emit_message(true, 'crossbar', E'com.example.inside\\n\\n\\n')`);
    await using source = await database.open();
    expect(topicsOf(await database.readAll(source))).to.deep.equal(['outside', 'nonsense', 'inside']);
  });

  it('yields the number of each publication that crossbar.publish returned, at any place of the WAL', async () => {
    await using database = await walDatabase();
    await using connection = await database.connect();
    const { rows } = await connection.query<{ id: string }>(
      `SELECT crossbar.publish('com.example.sized', jsonb_build_array(repeat('x', n % 1000)), autonomous => n % 100 = 0) AS id
       FROM generate_series(1, 5000) AS n ORDER BY id`,
    );
    await using source = await database.open();
    const numbers = (await database.readAll(source)).map(({ id }) => parseLsn(id));
    expect(numbers.sort((a, b) => Number(a - b)).map(String)).to.deep.equal(rows.map(({ id }) => id));
  });

  it('yields the LSN of pg_logical_emit_message as the id, and the prefix as the channel', async () => {
    await using database = await walDatabase();
    const prefixes = ['orders', 'größe €', 'orders.more'];
    const written = await database.run(
      `SELECT pg_logical_emit_message(n % 2 = 0, prefix, 'text ' || n)::text AS id, prefix AS channel, 'text ' || n AS payload
       FROM unnest(ARRAY['${prefixes.join("','")}', 'order', 'orders.more.foreign', '']) WITH ORDINALITY AS given (prefix, n)`,
    );
    await using source = await database.open({ decoders: [walMessages(prefixes, textMessage)] });
    const read = (await database.readAll(source)).map(({ id, channel, payload }) => ({ id, channel, payload }));
    expect(read).to.have.deep.members(written.slice(0, 3));
  });

  it('yields the commit time of transactional messages, and none of non-transactional ones', async () => {
    await using database = await walDatabase();
    await database.run(`SELECT pg_logical_emit_message(true, 'orders', 'inside')`);
    await database.run(`SELECT pg_logical_emit_message(false, 'orders', 'outside'), pg_current_xact_id()`);
    const now = Date.now();
    const parse: Parser<Message & { at: number | undefined }> = (id, channel, payload, size, _isWhole, at) => {
      return { id, channel, payload, size, at };
    };
    await using source = await database.open({ decoders: [walMessages(['orders'], parse)] });
    const read = await database.readAll(source);
    const [inside, outside] = ['inside', 'outside'].map((text) => read.find(({ payload }) => payload === text));
    expect(inside)
      .to.have.property('at')
      .within(now - 60_000, now + 1);
    expect(outside).to.have.property('at', undefined);
  });

  it('yields a message of many megabytes', async () => {
    await using database = await walDatabase();
    await database.run(`SELECT crossbar.publish('com.example.large', jsonb_build_array(repeat('x', 20000000)))`);
    await using source = await database.open();
    const [large] = await database.readAll(source);
    expect(large?.payload.length).to.equal(20_000_024);
  });

  it('continues after the confirmed position, without repeated or missing messages', async () => {
    await using database = await walDatabase();
    const publish = (from: number, to: number) =>
      database.run(`SELECT crossbar.publish('com.example.' || n) FROM generate_series(${from}, ${to}) AS n`);
    const expected = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => String(from + n));
    for (const round of [0, 1, 2]) {
      await publish(round * 10 + 1, round * 10 + 10);
      await using source = await database.open();
      expect(topicsOf(await database.readAll(source))).to.deep.equal(expected(round * 10 + 1, round * 10 + 10));
    }
  });

  it('yields unconfirmed messages again', async () => {
    await using database = await walDatabase();
    await database.run(`SELECT crossbar.publish('com.example.one')`);
    await database.run(`SELECT crossbar.publish('com.example.two')`);
    for (const confirm of [false, false, true]) {
      await using source = await database.open();
      expect(topicsOf(await database.readAll(source, confirm))).to.deep.equal(['one', 'two']);
    }
    await database.run(`SELECT crossbar.publish('com.example.three')`);
    await using source = await database.open();
    expect(topicsOf(await database.readAll(source))).to.deep.equal(['three']);
  });

  it('neither repeats nor skips a confirmed non-transactional message', async () => {
    await using database = await walDatabase();
    for (const id of [1, 2, 3]) {
      await database.run(`SELECT pg_logical_emit_message(false, 'crossbar', E'com.example.${id}\\n\\n\\n'),
        pg_current_xact_id()`);
      await using source = await database.open();
      expect(topicsOf(await database.readAll(source))).to.deep.equal([String(id)]);
    }
  });

  it('advances confirmed_flush_lsn while others write and nothing is published', async () => {
    await using database = await walDatabase();
    await database.run('CREATE TABLE busy (n int)');
    await using source = await database.open();
    const stop = new AbortController();
    const reading = readUntil(source, () => stop.signal.aborted);
    const [before] = await database
      .run('INSERT INTO busy SELECT generate_series(1, 10000); SELECT 1')
      .then(() => database.run('SELECT pg_current_wal_flush_lsn()::text AS lsn'));
    const isPast = `SELECT confirmed_flush_lsn >= '${before?.lsn}' AS past FROM pg_replication_slots
      WHERE slot_name = '${database.slot}'`;
    await waitFor(async () => (await database.run(isPast))[0]?.past, { what: 'confirmed_flush_lsn to advance' });
    stop.abort();
    await database.run(`SELECT crossbar.publish('com.example.end')`);
    expect(topicsOf(await reading).filter((topic) => topic !== 'end')).to.deep.equal([]);
  });

  it('makes PostgreSQL wait while no batch is requested', async () => {
    await using database = await walDatabase();
    await using source = await database.open();
    const batches = source.read(new AbortController().signal);
    await database.run(`DO $$ BEGIN
        FOR transaction IN 1..80 LOOP
          PERFORM crossbar.publish('com.example.topic', jsonb_build_array(n, repeat('x', 10000))) FROM generate_series(1, 100) AS n;
          COMMIT;
        END LOOP;
      END $$`);
    await batches.next();
    const sent = `SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), sent_lsn)::float8 AS behind, state
      FROM pg_stat_replication WHERE application_name = 'reader'`;
    const before = process.memoryUsage().rss;
    await waitFor(async () => Number((await database.run(sent))[0]?.behind) > 20_000_000, {
      what: 'PostgreSQL to wait',
    });
    expect(process.memoryUsage().rss - before).to.be.below(60_000_000);
    let count = 0;
    for (let batch = await batches.next(); !batch.done; batch = await batches.next()) {
      count += batch.value.messages.length;
      if (count > 7000) break;
    }
    await batches.return(undefined);
  });

  for (const isWorking of [true, false]) {
    const title = isWorking
      ? 'waits for a silent walsender that is working'
      : 'ends with a silent walsender that is idle';
    it(title, async () => {
      await using database = await walDatabase();
      let asked = 0;
      const query = async () => {
        asked += 1;
        return isWorking ? [{}] : [];
      };
      const control = { query } as unknown as Connection;
      // Asked three times long before PostgreSQL itself ends a server process that has heard nothing: after twice the sum.
      const hasty = { ...database.crossbar, heartbeat: { interval: 2000, timeout: 100 } };
      await using source = await database.open({ database: hasty, control });
      const ended = readSome(source, 1).catch((error: unknown) => error);
      const [walsender] = await database.run(
        `SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = '${database.slot}'`,
      );
      process.kill(Number(walsender?.pid), 'SIGSTOP');
      try {
        await waitFor(() => asked >= (isWorking ? 3 : 1), { what: 'the questions' });
        await database.run(`SELECT crossbar.publish('com.example.after')`);
        if (!isWorking) expect(await ended).to.be.instanceOf(DatabaseLostError);
      } finally {
        process.kill(Number(walsender?.pid), 'SIGCONT');
      }
      if (isWorking) expect(topicsOf((await ended) as Message[])).to.deep.equal(['after']);
    });
  }

  it('distinguishes a walsender that waits for its client from one that is working', async () => {
    await using database = await walDatabase();
    await using control = await Connection.open(database.crossbar, 'control');
    await using _source = await database.open();
    await waitFor(async () => !(await isWalSenderWorking(control, database.slot)), { what: 'it to wait' });
    expect(await isWalSenderWorking(control, 'another_slot')).to.equal(false);
  });

  it('throws when its walsender is terminated, and refuses a second reader of its slot', async () => {
    await using database = await walDatabase();
    await using source = await database.open();
    expect(await rejection(database.open())).to.have.property('code', '55006');
    const reading = rejection(readUntil(source, () => false));
    const [reader] = await database.run(
      `SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = '${database.slot}'`,
    );
    await terminate(database, Number(reader?.pid));
    expect(await reading).to.be.instanceOf(DatabaseLostError);
  });
});
