import { describeWithBroker, type RabbitMq, startRabbitMq, waitFor } from '@pgwamp/harness';
import { connect } from 'amqplib';
import { expect } from 'chai';
import { keptLog } from '../support/open-sink.ts';
import { prepareStage } from '../support/stage.ts';

/** A Proxy from the table to a queue, as a user with a password of its own. */
async function deliver(broker: RabbitMq, queue: string) {
  await using resources = new AsyncDisposableStack();
  const user = `shop_${queue}`;
  await broker.control('add_user', user, 'first');
  await broker.control('set_permissions', user, '.*', '.*', '.*');
  const model = resources.adopt(await connect(broker.uri), (connection) => connection.close());
  const channel = await model.createChannel();
  await channel.assertQueue(queue);
  const stage = resources.use(await prepareStage());
  const { log, lines } = keptLog();
  const uri = `amqp://${user}:first@127.0.0.1:${broker.port}`;
  const extra = {
    sinks: { broker: { kind: 'amqp' as const, uri, destination: 'queue' as const } },
    routes: [{ from: 'changes', to: 'broker', destination: queue }],
  };
  const proxy = resources.use(await stage.start(extra, log));
  const owned = resources.move();
  return {
    ...{ user, stage, proxy, lines },
    sink: () => proxy.status().sinks.broker,
    waiting: async () => (await channel.checkQueue(queue)).messageCount,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

await describeWithBroker('RabbitMQ', 'Proxy to RabbitMQ', function () {
  this.timeout(120_000);
  let broker: RabbitMq;
  before(async () => {
    broker = await startRabbitMq();
  });
  after(() => broker[Symbol.asyncDispose]());

  it('continues after its password was wrong for a while, and logs the reason', async () => {
    await using delivery = await deliver(broker, 'passwords');
    const { user, stage, proxy, lines, sink, waiting } = delivery;
    await broker.control('change_password', user, 'second');
    await broker.control('close_all_user_connections', user, 'the test changes the password');
    const isSaid = () =>
      lines.some(({ msg }) => /refused the connection of sink broker.*Check the credentials/.test(msg));
    await waitFor(isSaid, { what: 'the refusal in the log', deadline: 30_000 });
    await stage.run(`INSERT INTO orders VALUES (1, 'tea'), (2, 'milk')`);
    expect(proxy.status().state).not.to.equal('stopped');
    await broker.control('change_password', user, 'first');
    await waitFor(() => sink()?.confirmed === 2, { what: 'two confirmations', deadline: 30_000 });
    expect(await waiting()).to.equal(2);
    expect(sink()).to.include({ parked: 0, discarded: 0 });
  });

  it('continues after a memory alarm of the broker has blocked it, without reconnecting', async () => {
    await using delivery = await deliver(broker, 'alarms');
    const { stage, proxy, lines, sink, waiting } = delivery;
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await waitFor(() => sink()?.confirmed === 1, { what: 'the first confirmation' });
    await broker.control('set_vm_memory_high_watermark', 'absolute', '1MB');
    await stage.run(`INSERT INTO orders VALUES (2, 'milk'), (3, 'salt')`);
    const isSaid = () => lines.some(({ msg }) => /takes no messages for now: low on memory/.test(msg));
    await waitFor(isSaid, { what: 'the alarm in the log', deadline: 30_000 });
    await stage.run(`INSERT INTO orders VALUES (4, 'rice')`);
    await broker.control('set_vm_memory_high_watermark', '0.6');
    await waitFor(() => sink()?.confirmed === 4, { what: 'four confirmations', deadline: 30_000 });
    expect(await waiting()).to.equal(4);
    expect(proxy.status().reconnects).to.equal(0);
  });
});
