import { describeWithBroker, type Kafka, startKafka, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { Admin } from '@platformatic/kafka';
import { expect } from 'chai';
import { keptLog } from '../support/open-sink.ts';
import { prepareStage } from '../support/stage.ts';

const user = { name: 'shop', password: 'first' };

await describeWithBroker('Kafka', 'Proxy to Kafka with SASL', function () {
  this.timeout(240_000);
  let broker: Kafka;
  before(async () => {
    broker = await startKafka({ user });
    const bootstrapBrokers = [`127.0.0.1:${broker.port}`];
    const admin = new Admin({ clientId: 'tests', bootstrapBrokers, retries: 40, retryDelay: 250 });
    await admin.createTopics({ topics: ['orders'], partitions: 1, replicas: 1 });
    await admin.close();
  });
  after(() => broker[Symbol.asyncDispose]());

  /** To the port that wants a password. */
  const delivery = (password: string) => ({
    sinks: {
      broker: {
        kind: 'kafka' as const,
        brokers: [`127.0.0.1:${broker.proxy.port}`],
        sasl: { mechanism: 'SCRAM-SHA-256' as const, username: user.name, password },
      },
    },
    routes: [{ from: 'changes', to: 'broker', destination: 'orders' }],
  });

  it('fails to start with a wrong password, and names the reason', async () => {
    await using stage = await prepareStage();
    const error = await rejection(stage.start(delivery('wrong')));
    expect(error.message).to.match(/refused the connection of sink broker.*Check the credentials/);
  });

  it('continues after its password was wrong for a while, and logs the reason', async () => {
    await using stage = await prepareStage();
    const { log, lines } = keptLog();
    await using proxy = await stage.start(delivery(user.password), log);
    const sink = () => proxy.status().sinks.broker;
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await waitFor(() => sink()?.confirmed === 1, { what: 'the first confirmation', deadline: 60_000 });
    await broker.setPassword(user.name, 'second');
    broker.proxy.cut();
    const isSaid = () =>
      lines.some(({ msg }) => /refused the connection of sink broker.*Check the credentials/.test(msg));
    await waitFor(isSaid, { what: 'the refusal in the log', deadline: 60_000 });
    await stage.run(`INSERT INTO orders VALUES (2, 'milk'), (3, 'salt')`);
    await broker.setPassword(user.name, user.password);
    await waitFor(() => sink()?.confirmed === 3, { what: 'three confirmations', deadline: 60_000 });
    expect(sink()).to.include({ parked: 0, discarded: 0 });
  });
});
