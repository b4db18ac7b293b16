import { describeWithBroker } from '@pgwamp/harness';
import { survivesFaults } from '../support/broker-faults.ts';
import { mqttStage, natsStage, redisStage, wampStage, webhookStage } from '../support/broker-stages.ts';

// The brokers whose tests take longer are in faults.endurance.ts.
const title =
  'loses nothing, keeps the order of each key and marks repeats during faults of broker, network, PostgreSQL and Proxy';

await describeWithBroker('Redis', 'Proxy to Redis', function () {
  this.timeout(400_000);
  it(title, () => survivesFaults(redisStage));
});

await describeWithBroker('NATS', 'Proxy to NATS', function () {
  this.timeout(400_000);
  it(title, () => survivesFaults(natsStage));
});

// A broker of MQTT forgets at its end what it has confirmed: it is not restarted.
describe('Proxy to MQTT', function () {
  this.timeout(400_000);
  it(title, () => survivesFaults(mqttStage));
});

describe('Proxy to a webhook', function () {
  this.timeout(400_000);
  it(title, () => survivesFaults(webhookStage));
});

describe('Proxy to WAMP', function () {
  this.timeout(400_000);
  it(title, () => survivesFaults(wampStage));
});
