import { wal2jsonMajor } from '../postgres/wal2json-server.ts';
import { hasElasticMq } from './elasticmq.ts';
import { hasKafka } from './kafka.ts';
import { hasMosquitto } from './mosquitto.ts';
import { hasMoto } from './moto.ts';
import { hasNats } from './nats.ts';
import { hasRabbitMq } from './rabbitmq.ts';
import { hasRedis } from './redis.ts';

/** The checks whether a broker, or a PostgreSQL with the plugin wal2json, is installed, by its usual name. */
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

/** A broker that tests may require. */
export type BrokerName = keyof typeof installed;

/** Whether a broker is installed. */
export function hasBroker(name: BrokerName): boolean {
  return installed[name]();
}

const hint = 'npm run brokers installs it';

/**
 * Defines tests that require a broker. If it is not installed, they are skipped with a message; with the environment
 * variable CI they fail.
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
