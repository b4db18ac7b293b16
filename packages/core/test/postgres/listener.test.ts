import { DatabaseLostError } from '@pgwamp/core';
import { connect, sharedPostgres, startTcpProxy, type TestDatabase, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { Listener } from '../../src/postgres/index.ts';
import { backendsOf, terminate } from '../support/backends.ts';
import { databaseConfiguration, impatient } from '../support/database.ts';

const channel = 'a "channel"';

/** A listener that keeps what it is told. */
function listen(database: TestDatabase, address: object = {}) {
  const heard: string[] = [];
  const losses: unknown[] = [];
  const log = { heard, losses, listening: 0 };
  const configuration = databaseConfiguration({ ...database.config, ...address });
  const listener = new Listener(configuration, 'ear', channel, {
    notified: (payload) => heard.push(payload),
    listening: () => {
      log.listening += 1;
    },
    lost: (error) => losses.push(error),
  });
  return Object.assign(log, { [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() });
}

async function notify(database: TestDatabase, payload: string): Promise<void> {
  await using client = await connect(database.config);
  await client.query('SELECT pg_notify($1, $2)', [channel, payload]);
}

function listened(log: { listening: number }, times: number) {
  return waitFor(() => log.listening >= times, { what: `LISTEN to be in force ${times} times` });
}

function hearing(log: { heard: string[] }, payload: string) {
  return waitFor(() => log.heard.includes(payload), { what: `the notification ${payload}` });
}

describe('a listener', () => {
  it('is told of every NOTIFY in order once LISTEN is in force', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using log = listen(database);
    await listened(log, 1);
    for (const payload of ['one', 'two', 'three']) await notify(database, payload);
    await hearing(log, 'three');
    expect(log.heard).to.deep.equal(['one', 'two', 'three']);
    expect(log.losses).to.deep.equal([]);
  });

  it('LISTENs again, and says so, when its server process was terminated', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using log = listen(database);
    for (const times of [1, 2, 3]) {
      await listened(log, times);
      await notify(database, `after ${times}`);
      await hearing(log, `after ${times}`);
      await terminate(database, ...(await backendsOf(database, 'ear')));
    }
    await listened(log, 4);
    expect(log.losses.length).to.be.at.least(3);
    expect(log.losses[0]).to.be.instanceOf(DatabaseLostError);
  });

  it('LISTENs again when its connection was half-open, over a network that came back', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using proxy = await startTcpProxy(await sharedPostgres());
    await using log = listen(database, { host: proxy.host, port: proxy.port, heartbeat: impatient });
    await listened(log, 1);
    proxy.swallow();
    await waitFor(() => log.losses.length > 0, { what: 'the loss to be noticed', deadline: 3000 });
    proxy.cut();
    await proxy.resume();
    await listened(log, 2);
    await notify(database, 'back');
    await hearing(log, 'back');
  });

  it('keeps trying where nobody answers, and stops at once when it is told to', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using proxy = await startTcpProxy(await sharedPostgres());
    proxy.refuse();
    const log = listen(database, { host: proxy.host, port: proxy.port });
    await waitFor(() => log.losses.length >= 2, { what: 'two tries' });
    await proxy.resume();
    await listened(log, 1);
    proxy.refuse();
    proxy.cut();
    await waitFor(() => log.losses.length >= 5, { what: 'more tries' });
    const begin = performance.now();
    await log[Symbol.asyncDispose]();
    expect(performance.now() - begin).to.be.below(1000);
    const tries = log.losses.length;
    await proxy.resume();
    expect(await backendsOf(database, 'ear')).to.deep.equal([]);
    expect(log.losses.length).to.equal(tries);
  });
});
