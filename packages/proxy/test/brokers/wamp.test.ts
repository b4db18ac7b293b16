import { WampError } from '@pgwamp/core';
import { startTcpProxy, type TcpProxy, waitFor } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createRouter, MetaProcedure } from '@pgwamp/router';
import { expect } from 'chai';
import { keptLog } from '../support/open-sink.ts';
import { prepareStage } from '../support/stage.ts';

const topic = 'com.example.orders';

/** A realm that asks procedures of this test who may join, and who may publish. */
async function openRealm() {
  await using resources = new AsyncDisposableStack();
  const roles = [{ name: 'shop', authorizer: 'com.example.authorize' }];
  const router = resources.use(createRouter({ realms: [{ name: 'realm1', roles }] }));
  const trusted = await join(router, { authrole: 'trusted' });
  const realm = { ticket: 'right', mayPublish: true, items: [] as string[] };
  await trusted.register('com.example.authenticate', ([, , details]) => {
    if ((details as { ticket: string }).ticket !== realm.ticket) throw new WampError('com.example.error.wrong_ticket');
    return 'shop';
  });
  await trusted.register('com.example.authorize', () => realm.mayPublish);
  await trusted.subscribe(topic, ([change]) => void realm.items.push((change as { row: { item: string } }).row.item));
  const auth = { ticket: { type: 'dynamic', authenticator: 'com.example.authenticate' } } as const;
  const { port } = await router.listen({ port: 0, auth });
  const network = resources.use(await startTcpProxy({ host: '127.0.0.1', port: port ?? 0 }));
  const owned = resources.move();
  return {
    realm,
    network,
    endSessions: () => trusted.call(MetaProcedure.SESSION_KILL_ALL),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A Proxy from the table to the topic. */
async function deliver(network: TcpProxy, sink: object = {}) {
  await using resources = new AsyncDisposableStack();
  const stage = resources.use(await prepareStage());
  const { log, lines } = keptLog();
  const broker = {
    kind: 'wamp' as const,
    realm: 'realm1',
    transport: { type: 'websocket' as const, url: `ws://127.0.0.1:${network.port}/ws` },
    authentication: { ticket: { authid: 'shop', ticket: 'right' } },
    ...sink,
  };
  const routes = [{ from: 'changes', to: 'broker', destination: topic }];
  const proxy = resources.use(await stage.start({ sinks: { broker }, routes }, log));
  const owned = resources.move();
  return {
    ...{ stage, proxy },
    sink: () => proxy.status().sinks.broker,
    said: (pattern: RegExp) =>
      waitFor(() => lines.some(({ msg }) => pattern.test(msg)), { what: `${pattern} in the log`, deadline: 30_000 }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const all = (items: readonly string[], wanted: readonly string[]) =>
  waitFor(() => items.length >= wanted.length, { what: `${wanted.length} events`, deadline: 30_000 }).then(() =>
    expect(items).to.deep.equal(wanted),
  );

describe('Proxy to WAMP', function () {
  this.timeout(120_000);

  it('continues after the realm refused it for a while, and logs the reason', async () => {
    await using opened = await openRealm();
    const { realm, network } = opened;
    await using delivery = await deliver(network);
    const { stage, proxy, sink, said } = delivery;
    realm.ticket = 'another';
    await opened.endSessions();
    await said(/refused.*realm1|realm1.*refused/);
    await stage.run(`INSERT INTO orders VALUES (1, 'tea'), (2, 'milk')`);
    expect(proxy.status().state).not.to.equal('stopped');
    realm.ticket = 'right';
    await all(realm.items, ['tea', 'milk']);
    await waitFor(() => sink()?.confirmed === 2, { what: 'two confirmations' });
    expect(sink()).to.include({ parked: 0, discarded: 0 });
  });

  it('parks messages while it may not publish, and delivers them when they are retried', async () => {
    await using opened = await openRealm();
    const { realm, network } = opened;
    await using delivery = await deliver(network);
    const { stage, sink, said } = delivery;
    realm.mayPublish = false;
    await stage.run(`INSERT INTO orders VALUES (1, 'tea'); UPDATE orders SET item = 'green tea' WHERE id = 1`);
    await said(/refused message .*it is parked/);
    await waitFor(() => sink()?.parked === 2, { what: 'the one that is refused, and the one behind it, to be parked' });
    realm.mayPublish = true;
    await stage.run(`INSERT INTO orders VALUES (2, 'milk')`);
    await all(realm.items, ['milk']);
    await stage.run(`SELECT crossbar.retry_parked('proxy')`);
    await all(realm.items, ['milk', 'tea', 'green tea']);
  });

  it('delivers in order at the speed of a slow router', async () => {
    await using opened = await openRealm();
    const { realm, network } = opened;
    await using delivery = await deliver(network, { max_in_flight: 16 });
    const { stage, proxy, sink } = delivery;
    network.slow(20);
    let highest = 0;
    const watch = setInterval(() => {
      highest = Math.max(highest, sink()?.inFlight ?? 0);
    }, 1);
    try {
      await stage.run(`INSERT INTO orders SELECT n, 'item ' || n FROM generate_series(1, 200) AS n`);
      await all(
        realm.items,
        Array.from({ length: 200 }, (_, index) => `item ${index + 1}`),
      );
    } finally {
      clearInterval(watch);
    }
    expect(highest).to.be.within(2, 16);
    expect(proxy.status().reconnects).to.equal(0);
  });
});
