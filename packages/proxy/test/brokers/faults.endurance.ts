import { describeWithBroker } from '@pgwamp/harness';
import { rabbitStage } from '../support/broker-stages.ts';
import { survivesFaults } from '../support/broker-faults.ts';

// RabbitMQ takes several seconds to start, and as long to notice what was cut.
describeWithBroker('RabbitMQ', 'A Proxy to RabbitMQ', function () {
  this.timeout(240_000);
  it('loses nothing and keeps the order of each key while its broker and the network fail', () =>
    survivesFaults(rabbitStage));
});
