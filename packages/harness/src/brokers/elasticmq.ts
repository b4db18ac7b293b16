import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasArchives, javaCommand } from './java.ts';
import { answers, type Broker, ServerProcess } from './server-process.ts';

/** Whether ElasticMQ is installed. */
export function hasElasticMq(): boolean {
  return hasArchives('elasticmq');
}

/** Starts ElasticMQ, a server with the protocol of Amazon SQS, with its queues in memory. */
export function startElasticMq(): Promise<Broker> {
  return ServerProcess.start({
    name: 'elasticmq',
    async prepare(folder, port) {
      const file = join(folder, 'elasticmq.conf');
      const lines = [
        'include classpath("application.conf")',
        `node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }`,
        `rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "127.0.0.1", sqs-limits = strict }`,
        'rest-stats { enabled = false }',
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      return javaCommand('elasticmq', 'org.elasticmq.server.Main', ['-Xmx256m', `-Dconfig.file=${file}`], []);
    },
    isReady: (port) => answers(port),
  });
}
