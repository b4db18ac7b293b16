import { wal2jsonMajor } from '../postgres/wal2json-server.ts';
import { hasElasticMq } from './elasticmq.ts';
import { hasKafka } from './kafka.ts';
import { hasMosquitto } from './mosquitto.ts';
import { hasMoto } from './moto.ts';
import { hasNats } from './nats.ts';
import { hasRabbitMq } from './rabbitmq.ts';
import { hasRedis } from './redis.ts';

/** How to find out whether a broker is installed, or a PostgreSQL with the plugin wal2json, by the name that people know it by. */
const installed = {
  RabbitMQ: hasRabbitMq,
  mosquitto: hasMosquitto,
  Redis: hasRedis,
  NATS: hasNats,
  Kafka: hasKafka,
  ElasticMQ: hasElasticMq,
  moto: hasMoto,
  wal2json: () => wal2jsonMajor() !== undefined,
} as const;

/** A broker that tests may need. */
export type BrokerName = keyof typeof installed;

/** Whether a broker is installed. */
export function hasBroker(name: BrokerName): boolean {
  return installed[name]();
}

const hint = 'npm run brokers installs it';

/**
 * Tests that need a broker. Where it is not installed they are left out, which is printed; with the environment variable CI they fail.
 */
export function describeWithBroker(name: BrokerName, title: string, tests: (this: Mocha.Suite) => void): void {
  if (hasBroker(name)) {
    describe(title, tests);
  } else if (process.env.CI) {
    it(`${title}: ${name} is installed`, () => {
      throw new Error(`${name} is not installed; ${hint}`);
    });
  } else {
    process.stderr.write(`left out, since ${name} is not installed: ${title} (${hint})\n`);
  }
}
