import { dockerAnswers } from '../docker.ts';
import { wal2jsonMajor } from '../postgres/wal2json-server.ts';
import { elasticMq } from './elasticmq.ts';
import { kafka } from './kafka.ts';
import { mosquitto } from './mosquitto.ts';
import { moto } from './moto.ts';
import { nats } from './nats.ts';
import { rabbitMq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import { prepareImage } from './server-container.ts';
import { isOfThisMachine } from './start-server.ts';

/** The brokers, and a PostgreSQL with the plugin wal2json, which no image has, by their usual names. */
const sources = {
  RabbitMQ: rabbitMq,
  mosquitto,
  Redis: redis,
  NATS: nats,
  Kafka: kafka,
  ElasticMQ: elasticMq,
  moto,
  wal2json: { name: 'wal2json', image: undefined, isInstalled: () => wal2jsonMajor() !== undefined },
} as const;

/** A broker that tests may require. */
export type BrokerName = keyof typeof sources;

/** Whether the server of a broker is installed. */
export function hasBroker(name: BrokerName): boolean {
  return sources[name].isInstalled();
}

/**
 * Defines tests that require a broker: its server, or Docker with its image. If there is neither, the tests are left
 * out with a message that names the reason; with the environment variable CI they fail.
 *
 * @example
 * await describeWithBroker('Redis', 'Proxy to Redis', () => { … });
 */
export async function describeWithBroker(
  name: BrokerName,
  title: string,
  tests: (this: Mocha.Suite) => void,
): Promise<void> {
  const missing = await reasonToLeaveOut(name);
  if (missing === undefined) {
    describe(title, tests);
  } else if (process.env.CI) {
    it(`${title}: ${name} can be started`, () => {
      throw new Error(missing);
    });
  } else {
    process.stderr.write(`left out: ${title}. ${missing}\n`);
  }
}

async function reasonToLeaveOut(name: BrokerName): Promise<string | undefined> {
  const source = sources[name];
  if (source.image === undefined ? source.isInstalled() : isOfThisMachine(source)) return undefined;
  const missing = `${name} is not installed (npm run brokers installs it)`;
  if (source.image === undefined) return missing;
  if (!(await dockerAnswers())) return `${missing}, and Docker does not answer`;
  try {
    await prepareImage(source.image);
    return undefined;
  } catch (error) {
    return `${missing}, and Docker answers but cannot run ${source.image}: ${error instanceof Error ? error.message : error}`;
  }
}
