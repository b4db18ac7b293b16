import { type Connection, sharedPostgres, startTcpProxy, type TestDatabase, waitFor } from '@pgwamp/harness';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';
import { clients, openStage } from '../support/gateway.ts';
import { openV1 } from '../support/socket.ts';

const channel = 'pgwamp_gateway';

/** A session of a role without any right, which hears what gateways say to each other. */
interface Eavesdropper extends AsyncDisposable {
  readonly sql: Connection;
  readonly heard: readonly string[];
}

async function eavesdrop(database: TestDatabase): Promise<Eavesdropper> {
  await using resources = new AsyncDisposableStack();
  const superuser = resources.use(await database.connect());
  const [role = ''] = resources.use(await createRoles(superuser, 1)).names;
  await superuser.query(`ALTER ROLE ${role} LOGIN PASSWORD 'nothing'`);
  const sql = resources.use(await database.connect({ user: role, password: 'nothing' }));
  const heard: string[] = [];
  sql.on('notification', ({ payload = '' }) => heard.push(payload));
  await sql.query(`SET application_name = 'pgwamp gateway'; LISTEN ${channel}`);
  const kept = resources.move();
  return { sql, heard, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe('Gateway: forged messages of other gateways', () => {
  it('do not make a gateway listen to channels', async () => {
    await using stage = await openStage();
    await using hostile = await eavesdrop(stage.database);
    await using socket = await openV1(stage.url('/listen/a'));
    const leaving = { type: 'leaving', gateway: 'forged', channels: ['b'], more: false };
    await hostile.sql.query('SELECT pg_notify($1, $2)', [channel, JSON.stringify(leaving)]);
    await stage.notify('a', 'after it');
    await socket.message(({ payload }) => payload === 'after it');
    // The gateway asks who has sent it before it listens to another channel.
    await using _next = await openV1(stage.url('/listen/c'));
    expect(stage.gateway.status().channels).to.equal(2);
  });

  it('cause few queries of PostgreSQL', async () => {
    await using proxy = await startTcpProxy(await sharedPostgres());
    await using stage = await openStage({}, { through: proxy });
    await using hostile = await eavesdrop(stage.database);
    await using socket = await openV1(stage.url('/listen/a'));
    const [sent, begun] = [proxy.bytes.toTarget, performance.now()];
    for (let number = 0; number < 1000; number += 1) {
      const leaving = { type: 'leaving', gateway: String(number), channels: ['b'], more: false };
      await hostile.sql.query('SELECT pg_notify($1, $2)', [channel, JSON.stringify(leaving)]);
    }
    await stage.notify('a', 'after it');
    await socket.message(({ payload }) => payload === 'after it');
    // About as many as seconds have gone by, where one for each notification would be 100,000 bytes and more.
    expect(proxy.bytes.toTarget - sent).to.be.below(2000 + performance.now() - begun);
  });

  it('do not prevent a start or a stop, even with the lock of the gateways', async () => {
    await using database = await (await sharedPostgres()).createDatabase();
    await using hostile = await eavesdrop(database);
    await hostile.sql.query('SELECT pg_advisory_lock($1)', ['7239381869943382901']);
    await using stage = await openStage({}, { of: database });
    await using socket = await openV1(stage.url('/listen/a'));
    await stage.notify('a', 'hello');
    await socket.message(({ payload }) => payload === 'hello');
    await stage.gateway.stop();
    expect(stage.gateway.status().state).to.equal('stopped');
  });

  it('are not treated as another gateway', async () => {
    await using stage = await openStage();
    await using hostile = await eavesdrop(stage.database);
    await using socket = await openV1(stage.url('/listen/a'));
    await socket.message(({ type }) => type === 'listening');
    await stage.gateway.stop();
    await hostile.sql.query(`NOTIFY ${channel}, 'the end'`);
    await waitFor(() => hostile.heard.includes('the end'), { what: 'its own notification' });
    expect(hostile.heard).to.deep.equal(['the end']);
  });

  it('do not lose messages by repeating the mark of a stopped gateway', async () => {
    await using first = await openStage({ drain: '30s' });
    await using second = await openStage({ drain: '30s' }, { of: first.database });
    await using hostile = await eavesdrop(first.database);
    await using socket = await openV1(first.url('/listen/a'));
    await first.gateway.stop();
    await socket.closed;
    const id = socket.messages.findLast(({ type }) => type === 'position')?.id;
    await using other = await openV1(second.url('/listen/a'));
    await first.notify('a', 'one');
    await other.message(({ payload }) => payload === 'one');
    const marks = hostile.heard.filter((payload) => payload.includes('"mark"'));
    expect(marks).to.have.length(1);
    for (const mark of marks) await hostile.sql.query('SELECT pg_notify($1, $2)', [channel, mark]);
    await first.notify('a', 'two');
    await other.message(({ payload }) => payload === 'two');
    await using again = await openV1(second.url(`/listen/a?since=${id}`));
    await clients(second.gateway, 2);
    await again.message(({ payload }) => payload === 'two');
    const payloads = again.messages.filter(({ type }) => type !== 'listening').map(({ payload }) => payload);
    expect(payloads).to.deep.equal(['one', 'two']);
  });
});
