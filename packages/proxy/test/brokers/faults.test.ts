import { describeWithBroker } from '@pgwamp/harness';
import { survivesFaults } from '../support/broker-faults.ts';
import { kafkaStage, mqttStage, natsStage, redisStage, webhookStage } from '../support/broker-stages.ts';

const title = 'loses nothing and keeps the order of each key while its broker and the network fail';

describeWithBroker('Redis', 'A Proxy to Redis', function () {
  this.timeout(240_000);
  it(title, () => survivesFaults(redisStage));
});

describeWithBroker('NATS', 'A Proxy to NATS', function () {
  this.timeout(240_000);
  it(title, () => survivesFaults(natsStage));
});

describeWithBroker('Kafka', 'A Proxy to Kafka', function () {
  this.timeout(240_000);
  it(title, () => survivesFaults(kafkaStage));
});

// A broker of MQTT forgets at its end what it has confirmed, so only the network fails here.
describe('A Proxy to MQTT', function () {
  this.timeout(240_000);
  it(title, () => survivesFaults(mqttStage));
});

describe('A Proxy to a webhook', function () {
  this.timeout(240_000);
  it(title, () => survivesFaults(webhookStage));
});
