import { ChannelNameError, DatabaseLostError } from '@pgwamp/core';
import { connect, sharedPostgres, startTcpProxy, type TestDatabase, waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { Notifications, type Position, type Subscriber } from '../../src/postgres/index.ts';
import { backendsOf, terminate } from '../support/backends.ts';
import { databaseConfiguration, impatient } from '../support/database.ts';

/** Names that need their quotes, or their case. */
const names = ['a "channel"', 'Channel', 'channel', 'ä€𝄞', "it's; -- \\", 'x'.repeat(63), '€'.repeat(21), ' '];

interface Logged {
  readonly level: string;
  readonly message: string;
}

function notifications(database: TestDatabase, address: object = {}) {
  const logged: Logged[] = [];
  const level = (name: string) => (_fields: object, message: string) => void logged.push({ level: name, message });
  const log = { info: level('info'), warn: level('warn'), error: level('error') };
  const opened = new Notifications(databaseConfiguration({ ...database.config, ...address }), 'ear', log);
  return {
    logged,
    subscribe: (channel: string, subscriber: Subscriber) => opened.subscribe(channel, subscriber),
    /** Subscribes and records all callbacks. */
    listen(channel: string) {
      const told = { heard: [] as string[], since: [] as Position[], losses: [] as unknown[] };
      const { unsubscribe } = opened.subscribe(channel, {
        notified: (payload) => told.heard.push(payload),
        listening: (since) => told.since.push(since),
        interrupted: (error) => told.losses.push(error),
      });
      return { ...told, unsubscribe };
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

type Told = ReturnType<ReturnType<typeof notifications>['listen']>;

async function notify(database: TestDatabase, channel: string, payload: string): Promise<void> {
  await using client = await connect(database.config);
  await client.query('SELECT pg_notify($1, $2)', [channel, payload]);
}

function listened({ since }: Told, times = 1) {
  return waitFor(() => since.length >= times, { what: `LISTEN to be in force ${times} times` });
}

function hearing({ heard }: Told, payload: string) {
  return waitFor(() => heard.includes(payload), { what: `the notification ${payload}` });
}

/** The channels that the only connection LISTENs to, as pg_stat_activity shows its statements. */
async function lastStatement(database: TestDatabase): Promise<string> {
  await using client = await connect(database.config);
  const { rows } = await client.query(
    `SELECT query FROM pg_stat_activity WHERE application_name = 'ear' AND datname = current_database()`,
  );
  return rows[0]?.query ?? '';
}

describe('Notifications', () => {
  it('arrive in order after LISTEN, on one connection for all channels', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using ear = notifications(database);
    const told = names.map((name) => ear.listen(name));
    for (const one of told) await listened(one);
    for (const name of names) for (const payload of ['one', 'two', '', '€𝄞']) await notify(database, name, payload);
    await notify(database, names[0] ?? '', 'end');
    for (const name of names.slice(1)) await notify(database, name, 'end');
    for (const one of told) await hearing(one, 'end');
    for (const { heard } of told) expect(heard).to.deep.equal(['one', 'two', '', '€𝄞', 'end']);
    expect(await backendsOf(database, 'ear')).to.have.length(1);
  });

  it('need no connection without subscribers', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using _ear = notifications(database);
    expect(await backendsOf(database, 'ear')).to.deep.equal([]);
  });

  it('arrive at every subscriber of a channel, and UNLISTEN follows the last one', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    // No probe takes the place of the last statement.
    await using ear = notifications(database, { heartbeat: { interval: 60_000, timeout: 60_000 } });
    const [first, second, other] = [ear.listen('busy'), ear.listen('busy'), ear.listen('other')];
    for (const one of [first, second, other]) await listened(one);
    await notify(database, 'busy', 'to both');
    for (const one of [first, second]) await hearing(one, 'to both');
    first.unsubscribe();
    first.unsubscribe();
    await notify(database, 'busy', 'to one');
    await hearing(second, 'to one');
    expect(await lastStatement(database)).not.to.include('UNLISTEN');
    second.unsubscribe();
    await waitFor(async () => (await lastStatement(database)).includes('UNLISTEN "busy"'), { what: 'UNLISTEN' });
    await notify(database, 'busy', 'to nobody');
    await notify(database, 'other', 'end');
    await hearing(other, 'end');
    expect([first.heard, second.heard]).to.deep.equal([['to both'], ['to both', 'to one']]);
  });

  it('arrive at a new subscriber while the last one unsubscribes', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using ear = notifications(database);
    for (let round = 1; round <= 20; round += 1) {
      const before = ear.listen('race');
      if (round % 2 === 0) await listened(before);
      before.unsubscribe();
      const told = ear.listen('race');
      await listened(told);
      await notify(database, 'race', `round ${round}`);
      await hearing(told, `round ${round}`);
      told.unsubscribe();
    }
  });

  it('report the time and the LSN of LISTEN', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using ear = notifications(database);
    await using client = await connect(database.config);
    const now = `SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text AS time, pg_current_wal_insert_lsn()::text AS lsn`;
    const [before] = (await client.query<Position>(now)).rows;
    const told = ear.listen('since');
    await listened(told);
    const [after] = (await client.query<Position>(now)).rows;
    const [since] = told.since;
    expect([before?.time, since?.time, after?.time]).to.deep.equal([before?.time, since?.time, after?.time].toSorted());
    const { rows } = await client.query('SELECT $1::pg_lsn <= $2 AND $2 <= $3 AS between', [
      before?.lsn,
      since?.lsn,
      after?.lsn,
    ]);
    expect(rows).to.deep.equal([{ between: true }]);
  });

  it('may be received as bytes', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using ear = notifications(database);
    const arrived = Promise.withResolvers<string>();
    const listening = Promise.withResolvers<void>();
    ear.subscribe('bytes', {
      listening: () => listening.resolve(),
      notifiedBytes: (payload) => arrived.resolve(payload.toString('hex')),
    });
    await withDeadline(listening.promise, 10_000, 'LISTEN');
    await notify(database, 'bytes', 'größe');
    expect(await withDeadline(arrived.promise, 10_000, 'the bytes')).to.equal(Buffer.from('größe').toString('hex'));
  });

  it('arrive as bytes at their channels, in any order of channels', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using ear = notifications(database);
    const names = ['a', 'ab', 'abc', 'b', 'ä', 'a b', 'x'.repeat(63)];
    const received: string[] = [];
    for (const name of names) {
      const { promise, resolve } = Promise.withResolvers<void>();
      ear.subscribe(name, {
        listening: () => resolve(),
        notifiedBytes: (payload) => received.push(`${name} ${payload}`),
      });
      await withDeadline(promise, 10_000, 'LISTEN');
    }
    const order = [0, 0, 1, 2, 1, 0, 3, 4, 4, 6, 5, 0, 2, 6].map((index) => names[index] ?? '');
    await using client = await connect(database.config);
    await client.query(
      'SELECT pg_notify(name, place::text) FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)',
      [order],
    );
    await waitFor(() => received.length === order.length, { what: 'the bytes' });
    expect(received).to.deep.equal(order.map((name, index) => `${name} ${index + 1}`));
  });

  it('arrive at other subscribers if one throws, which is logged once', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using ear = notifications(database);
    const fail = () => {
      throw new Error('a careless subscriber');
    };
    ear.subscribe('shared', { notified: fail, listening: fail, interrupted: fail });
    const careful = ear.listen('shared');
    await listened(careful);
    for (const payload of ['one', 'two']) await notify(database, 'shared', payload);
    await hearing(careful, 'two');
    await terminate(database, ...(await backendsOf(database, 'ear')));
    await listened(careful, 2);
    expect(ear.logged.filter(({ level }) => level === 'error')).to.have.length(1);
  });

  for (const [what, name] of [
    ['empty', ''],
    ['of 64 bytes', 'x'.repeat(64)],
    ['of 22 characters that have 66 bytes', '€'.repeat(22)],
    ['with a zero byte', 'a\0b'],
    ['with half a surrogate pair', 'a\ud800'],
  ] as const) {
    it(`refuse a channel name that is ${what}`, async () => {
      await using database = await (await sharedPostgres()).createDatabase();
      await using ear = notifications(database);
      expect(() => ear.listen(name)).to.throw(ChannelNameError);
    });
  }

  it('arrive again on all channels after the server process was terminated', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using ear = notifications(database);
    const told = names.map((name) => ear.listen(name));
    for (const times of [1, 2, 3]) {
      for (const one of told) await listened(one, times);
      for (const name of names) await notify(database, name, `after ${times}`);
      for (const one of told) await hearing(one, `after ${times}`);
      await terminate(database, ...(await backendsOf(database, 'ear')));
    }
    for (const one of told) await listened(one, 4);
    for (const { losses } of told) {
      expect(losses.length).to.be.at.least(3);
      expect(losses[0]).to.be.instanceOf(DatabaseLostError);
    }
    expect(ear.logged.some(({ level }) => level === 'warn')).to.equal(true);
  });

  it('arrive again after the connection was half-open', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using proxy = await startTcpProxy(await sharedPostgres());
    await using ear = notifications(database, { host: proxy.host, port: proxy.port, heartbeat: impatient });
    const told = ear.listen('network');
    await listened(told);
    proxy.swallow();
    await waitFor(() => told.losses.length > 0, { what: 'the loss to be noticed' });
    proxy.cut();
    await proxy.resume();
    await listened(told, 2);
    await notify(database, 'network', 'back');
    await hearing(told, 'back');
  });

  it('are retried while PostgreSQL is unreachable, until they are disposed of', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using proxy = await startTcpProxy(await sharedPostgres());
    proxy.refuse();
    const ear = notifications(database, { host: proxy.host, port: proxy.port });
    const told = ear.listen('network');
    await waitFor(() => told.losses.length >= 2, { what: 'two tries' });
    await proxy.resume();
    await listened(told);
    proxy.refuse();
    proxy.cut();
    await waitFor(() => told.losses.length >= 5, { what: 'more tries' });
    await withDeadline(ear[Symbol.asyncDispose](), 5000, 'the end');
    const tries = told.losses.length;
    await proxy.resume();
    expect(await backendsOf(database, 'ear')).to.deep.equal([]);
    expect(told.losses.length).to.equal(tries);
  });

  it('can be disposed of while the server does not answer', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using proxy = await startTcpProxy(await sharedPostgres());
    proxy.swallow();
    const ear = notifications(database, { host: proxy.host, port: proxy.port });
    const told = ear.listen('network');
    await withDeadline(ear[Symbol.asyncDispose](), 5000, 'the end');
    expect(told).to.deep.include({ since: [], losses: [] });
  });

  it('support thousands of channels on one connection', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using ear = notifications(database);
    const told = Array.from({ length: 3000 }, (_, index) => ear.listen(`channel ${index}`));
    for (const one of told) await listened(one);
    await notify(database, 'channel 2999', 'heard');
    await hearing(told.at(-1) as Told, 'heard');
    expect(await backendsOf(database, 'ear')).to.have.length(1);
  });
});
