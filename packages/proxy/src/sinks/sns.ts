import * as z from 'zod';
import { awsOptions, clientConfiguration, openAws } from './aws.ts';
import type { AwsEntry } from './aws-entry.ts';
import { load } from './connecting.ts';
import type { OpenSink, SinkContext } from './sink.ts';

/** A sink for topics of Amazon SNS; routes name the ARN of a topic. */
export const snsOptions = z.strictObject({ kind: z.literal('sns'), ...awsOptions });

/** Opens a sink for SNS. */
export async function openSns(options: z.output<typeof snsOptions>, context: SinkContext): Promise<OpenSink> {
  const sdk = await load(context.name, ['@aws-sdk/client-sns'], () => import('@aws-sdk/client-sns'));
  const client = new sdk.SNSClient(clientConfiguration(options));
  const service = {
    ping: () => client.send(new sdk.ListTopicsCommand({})),
    look: (TopicArn: string) => client.send(new sdk.GetTopicAttributesCommand({ TopicArn })),
    sendBatch: (TopicArn: string, entries: readonly AwsEntry[]) => {
      const PublishBatchRequestEntries = entries.map(({ text, ...entry }) => ({ ...entry, Message: text }));
      return client.send(new sdk.PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
    },
    destroy: () => client.destroy(),
  };
  return openAws(
    service,
    options,
    context,
    `SNS at ${options.endpoint ?? options.region ?? 'the region of the environment'}`,
  );
}
