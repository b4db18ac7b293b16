import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answersHttp, type Broker, type ServerPlace, toFile } from './broker-server.ts';
import { hasArchives, javaCommand } from './java.ts';
import { startServer } from './start-server.ts';

export const elasticMq = {
  name: 'elasticmq',
  image: 'softwaremill/elasticmq-native:1.6.12',
  isInstalled: () => hasArchives('elasticmq'),
};

/** Starts ElasticMQ, a server with the protocol of Amazon SQS, with its queues in memory. */
export async function startElasticMq(): Promise<Broker> {
  // The image reads the file of this name in its folder.
  const configuration = ({ folder, address, port }: ServerPlace) => ({
    [join(folder, 'elasticmq.conf')]: toFile([
      'include classpath("application.conf")',
      `node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }`,
      `rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "${address}", sqs-limits = strict }`,
      'rest-stats { enabled = false }',
    ]),
  });
  return startServer({
    ...elasticMq,
    ports: [await freePort()],
    asProcess(place) {
      const options = ['-Xmx256m', `-Dconfig.file=${join(place.folder, 'elasticmq.conf')}`];
      const [program, ...args] = javaCommand('elasticmq', 'org.elasticmq.server.Main', options);
      return { program, args, files: configuration(place) };
    },
    imageFolder: '/opt',
    asContainer: (place) => ({ args: [], files: configuration(place) }),
    isReady: answersHttp,
  });
}
