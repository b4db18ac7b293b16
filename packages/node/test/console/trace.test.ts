import { waitFor } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import { startWithConsole } from '../support/console.ts';

interface Step {
  readonly place: string;
  readonly name: string;
  readonly state: string;
  readonly known: string;
}

interface Traced {
  readonly position?: string;
  readonly publication?: string;
  readonly steps: readonly Step[];
}

/** A node with a Publisher, and what traces a message of its database. */
async function openStage() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const page = stack.use(await startWithConsole(database, {}));
  const sql = stack.use(await database.connect());
  const publish = async (options: object = {}) => {
    const { rows } = await sql.query(`SELECT crossbar.publish('com.example.topic', '[1]', options => $1)::text AS id`, [
      options,
    ]);
    return String(rows[0]?.id);
  };
  const label = `${database.config.host}:${database.config.port}/${database.name}`;
  const trace = (message: string) => page.ask(`api/trace?${new URLSearchParams({ database: label, message })}`);
  /** The trace, once the Publisher has done with the message. */
  const settled = (message: string) =>
    waitFor(
      async () => {
        const traced = (await (await trace(message)).json()) as Traced;
        return traced.steps.some(({ place, state }) => place === 'Publisher' && state !== 'waiting') && traced;
      },
      { what: 'the Publisher to pass the message' },
    );
  const kept = stack.move();
  return { sql, page, publish, trace, settled, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe('Console: trace', () => {
  it('follows a message from its number to the router, and back from its publication id', async () => {
    await using stage = await openStage();
    const number = await stage.publish();
    const traced = await stage.settled(number);
    expect(traced.position).to.match(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(traced.steps[0]).to.include({ place: 'Database', state: 'written' });
    expect(traced.steps[1]).to.include({ place: 'Publisher', name: 'realm realm1', state: 'acknowledged' });
    expect(traced.publication).to.match(/^\d+$/);
    for (const name of [traced.publication ?? '', traced.position ?? '']) {
      expect(await stage.settled(name)).to.deep.include({ position: traced.position, publication: traced.publication });
    }
  });

  it('contains refusals and failed handlers', async () => {
    await using stage = await openStage();
    const number = await stage.publish();
    const { publication } = await stage.settled(number);
    await stage.sql.query(
      `INSERT INTO crossbar._endpoint (kind, uri, function, owner) VALUES ('subscription', 'com.example.topic', 'public.handle(jsonb)', 'app')`,
    );
    const subscriber = async () => (await stage.settled(number)).steps.find(({ place }) => place === 'Subscriber');
    expect(await subscriber()).to.include({ state: 'unknown' });
    await stage.sql.query(
      `INSERT INTO crossbar.failed_event (subscription, topic, publication, error)
       SELECT id, uri, $1, 'com.example.error.bad' FROM crossbar.subscriptions`,
      [publication],
    );
    expect(await subscriber()).to.include({ state: 'failed', name: 'public.handle(jsonb)' });
    await stage.sql.query(
      `INSERT INTO crossbar.refused_publication (realm, id, topic, error) VALUES ('realm1', $1, 'com.example.topic', 'wamp.error.not_authorized')`,
      [number],
    );
    const refused = (await stage.settled(number)).steps.find(({ state }) => state === 'refused');
    expect(refused?.known).to.include('wamp.error.not_authorized');
  });

  it('contains the sinks of Proxies: passed, waiting and parked', async () => {
    await using stage = await openStage();
    const { position = '' } = await stage.settled(await stage.publish());
    await stage.sql.query(`INSERT INTO crossbar.proxy (name, slot) VALUES ('p', NULL)`);
    const insert = `INSERT INTO crossbar._proxy_cursor (proxy, sink, position) VALUES ('p', $1, $2)`;
    await stage.sql.query(insert, ['ahead', 'FFFF/0']);
    await stage.sql.query(insert, ['behind', '0/1']);
    await stage.sql.query(insert, ['broken', 'FFFF/0']);
    await stage.sql.query(
      `INSERT INTO crossbar.parked_message (proxy, sink, source, message_id, destination, key, order_key, content_type, headers, payload, error, state)
       VALUES ('p', 'broken', 's', $1::text || '/0', 'orders', '', '', 'text/plain', '{}', '', 'no such queue', 'parked')`,
      [position],
    );
    const { steps } = await stage.settled(position);
    const states = Object.fromEntries(steps.map(({ name, state }) => [name, state]));
    expect(states).to.include({ 'p, sink ahead': 'passed', 'p, sink behind': 'waiting', 'p, sink broken': 'parked' });
    expect(steps.find(({ state }) => state === 'parked')?.known).to.include('orders: parked, no such queue');
  });

  it('reports "unknown" for messages that are no longer in the WAL, and refuses what is not a message', async () => {
    await using stage = await openStage();
    const { steps } = (await (await stage.trace('FFFF/0')).json()) as Traced;
    expect(steps.map(({ state }) => state)).to.deep.equal(['unknown', 'unknown']);
    for (const text of ['', 'orders', '-1', '9223372036854775808', "1'"]) {
      const answer = await stage.trace(text);
      expect(answer.status, text).to.equal(400);
      const { error } = (await answer.json()) as { error: string };
      expect(error).to.include('is not a message');
    }
  });
});
