import { connect, startPostgres, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, dropSlot, ensureSlot, slotName, whenFree } from '../../src/postgres/index.ts';
import { preparedDatabase } from '../support/database.ts';
import { walDatabase } from '../support/wal.ts';

describe('Replication slot of a realm', () => {
  it('has a valid name of its own for each realm and database', async () => {
    await using database = await preparedDatabase();
    await using other = await preparedDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    await using elsewhere = await Connection.open(other.crossbar, 'test');
    const realms = ['realm1', 'Realm1', 'realm.1', 'realm-1', 'ä€𝄞', 'x'.repeat(200), `${'x'.repeat(200)}y`];
    const names = await Promise.all(realms.map((realm) => slotName(connection, realm)));
    expect(new Set([...names, await slotName(elsewhere, 'realm1')]).size).to.equal(realms.length + 1);
    for (const name of names) expect(name).to.match(/^[a-z0-9_]{1,63}$/);
  });

  it('is created once, and can be dropped if it does not exist', async () => {
    await using database = await preparedDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    const slot = await slotName(connection, 'realm1');
    expect(await ensureSlot(connection, slot)).to.equal('created');
    expect(await ensureSlot(connection, slot)).to.equal('there');
    await dropSlot(connection, slot);
    await dropSlot(connection, slot);
    expect(await ensureSlot(connection, slot)).to.equal('created');
  });

  it('is awaited while another session creates it, and created if that session gives up', async () => {
    await using database = await preparedDatabase();
    await using superuser = await connect(database.config);
    await using other = await Connection.open(database.crossbar, 'test');
    await using connection = await Connection.open(database.crossbar, 'test');
    const slot = await slotName(connection, 'realm1');
    const isBegun = async () =>
      (await superuser.query('SELECT FROM pg_replication_slots WHERE slot_name = $1', [slot])).rows.length > 0;
    for (const gives of ['up', 'it']) {
      // Until this transaction has ended, no slot can be created.
      await superuser.query('BEGIN; SELECT pg_current_xact_id()');
      const stop = new AbortController();
      const first = ensureSlot(other, slot, { stop: stop.signal }).catch((error: unknown) => error);
      await waitFor(isBegun, { what: 'the slot to be begun' });
      const told: unknown[] = [];
      const second = ensureSlot(connection, slot, { waiting: (blockers) => told.push(...blockers) });
      await waitFor(() => told.length > 0, { what: 'it to be told whom it waits for' });
      expect(told[0]).to.equal(other.processId);
      if (gives === 'up') {
        stop.abort();
        expect(await first).to.be.an('error');
      }
      await superuser.query('COMMIT');
      expect(await second).to.equal(gives === 'up' ? 'created' : 'there');
      if (gives === 'it') expect(await first).to.equal('created');
      await dropSlot(connection, slot);
    }
  });

  it('is replaced when PostgreSQL has invalidated it, which is reported', async () => {
    const settings = { max_slot_wal_keep_size: '1MB', min_wal_size: '32MB', max_wal_size: '32MB' };
    await using server = await startPostgres({ settings });
    await using database = await preparedDatabase(server);
    await using connection = await Connection.open(database.crossbar, 'test');
    const slot = await slotName(connection, 'realm1');
    await ensureSlot(connection, slot);
    await using superuser = await connect(database.config);
    await superuser.query('CREATE TABLE bulk (n int)');
    const isLost = async () => {
      await superuser.query('INSERT INTO bulk SELECT generate_series(1, 200000)');
      await superuser.query('SELECT pg_switch_wal()');
      await superuser.query('CHECKPOINT');
      const { rows } = await superuser.query('SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1', [
        slot,
      ]);
      return rows[0]?.wal_status === 'lost';
    };
    await waitFor(isLost, { what: 'the slot to be lost', deadline: 30_000 });
    expect(await ensureSlot(connection, slot)).to.equal('replaced');
    expect(await ensureSlot(connection, slot)).to.equal('there');
  });

  it('is available as soon as its reader has left', async () => {
    await using database = await walDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    const reader = await database.open();
    const stop = new AbortController().signal;
    const next = whenFree(connection, database.slot, stop, () => database.open());
    await reader[Symbol.asyncDispose]();
    await using source = await next;
    expect(source).to.not.equal(reader);
  });

  it('can be dropped while a reader uses it', async () => {
    await using database = await walDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    await using _reader = await database.open();
    await dropSlot(connection, database.slot);
    expect(
      await connection.query('SELECT FROM pg_replication_slots WHERE slot_name = $1', [database.slot]),
    ).to.have.length(0);
  });

  it('is not awaited after stop', async () => {
    await using database = await walDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    await using _reader = await database.open();
    const error = await rejection(whenFree(connection, database.slot, AbortSignal.abort(), () => database.open()));
    expect(error).to.have.property('code', '55006');
  });
});
