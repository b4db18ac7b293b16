import { describeWithBroker } from '@pgwamp/harness';
import { survivesFaults } from '../support/broker-faults.ts';
import { rabbitStage } from '../support/broker-stages.ts';

// RabbitMQ takes several seconds to start, and as long to notice what was cut.
describeWithBroker('RabbitMQ', 'A Proxy to RabbitMQ', function () {
  this.timeout(240_000);
  it('loses nothing and keeps the order of each key while its broker and the network fail', () =>
    survivesFaults(rabbitStage));
});
