import { describeWithBroker } from '@pgwamp/harness';
import { survivesFaults } from '../support/broker-faults.ts';
import { kafkaStage, rabbitStage, snsStage, sqsStage } from '../support/broker-stages.ts';

// These brokers take several seconds to start, or as long to notice what was cut.
const title =
  'loses nothing, keeps the order of each key and marks repeats during faults of broker, network, PostgreSQL and Proxy';

await describeWithBroker('RabbitMQ', 'Proxy to RabbitMQ', function () {
  this.timeout(400_000);
  for (const kind of ['queue', 'exchange'] as const)
    it(`${title}: ${kind}`, () => survivesFaults(() => rabbitStage(kind)));
});

await describeWithBroker('Kafka', 'Proxy to Kafka', function () {
  this.timeout(400_000);
  it(title, () => survivesFaults(kafkaStage));
});

// ElasticMQ and moto forget at their end what they have confirmed: they are not restarted.
await describeWithBroker('ElasticMQ', 'Proxy to SQS', function () {
  this.timeout(400_000);
  it(title, () => survivesFaults(sqsStage));
});

await describeWithBroker('moto', 'Proxy to SNS', function () {
  this.timeout(400_000);
  it(title, () => survivesFaults(snsStage));
});
