import * as z from 'zod';
import { awsOptions, clientConfiguration, openAws } from './aws.ts';
import type { AwsEntry } from './aws-entry.ts';
import { load } from './connecting.ts';
import type { OpenSink, SinkContext } from './sink.ts';

/** A sink for queues of Amazon SQS; routes name a queue or its URL. */
export const sqsOptions = z.strictObject({ kind: z.literal('sqs'), ...awsOptions });

/** Opens a sink for SQS. */
export async function openSqs(options: z.output<typeof sqsOptions>, context: SinkContext): Promise<OpenSink> {
  const sdk = await load(context.name, ['@aws-sdk/client-sqs'], () => import('@aws-sdk/client-sqs'));
  const client = new sdk.SQSClient(clientConfiguration(options));
  const urls = new Map<string, string>();
  const urlOf = async (queue: string) => {
    if (/^https?:/.test(queue)) return queue;
    const { QueueUrl = '' } = await client.send(new sdk.GetQueueUrlCommand({ QueueName: queue }));
    return QueueUrl;
  };
  const service = {
    ping: () => client.send(new sdk.ListQueuesCommand({ MaxResults: 1 })),
    async look(queue: string) {
      const QueueUrl = await urlOf(queue);
      urls.set(queue, QueueUrl);
      await client.send(new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    },
    sendBatch: async (queue: string, entries: readonly AwsEntry[]) => {
      const Entries = entries.map(({ text, ...entry }) => ({ ...entry, MessageBody: text }));
      return client.send(
        new sdk.SendMessageBatchCommand({ QueueUrl: urls.get(queue) ?? (await urlOf(queue)), Entries }),
      );
    },
    destroy: () => client.destroy(),
  };
  return openAws(
    service,
    options,
    context,
    `SQS at ${options.endpoint ?? options.region ?? 'the region of the environment'}`,
  );
}
