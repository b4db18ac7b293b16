import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Refused } from '@pgwamp/core';
import { type Broker, describeWithBroker, startMoto, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

const account = 'arn:aws:sns:eu-central-1:123456789012';

await describeWithBroker('moto', 'SNS sink', function () {
  this.timeout(60_000);
  let broker: Broker;
  let sns: SNSClient;
  let sqs: SQSClient;

  const options = () => ({
    kind: 'sns',
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${broker.port}`,
    credentials: { access_key_id: 'x', secret_access_key: 'x' },
  });

  before(async () => {
    broker = await startMoto();
    const configuration = {
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${broker.port}`,
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    };
    sns = new SNSClient(configuration);
    sqs = new SQSClient(configuration);
  });
  after(async () => {
    sns.destroy();
    sqs.destroy();
    await broker[Symbol.asyncDispose]();
  });

  it('publishes in batches, with id, content type and headers', async () => {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'orders' }));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'subscriber' }));
    const Endpoint = 'arn:aws:sqs:eu-central-1:123456789012:subscriber';
    const Attributes = { RawMessageDelivery: 'true' };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
    await using sink = await openSink(options());
    const messages = Array.from({ length: 25 }, () => outgoing(TopicArn, { headers: { tenant: 'a' } }));
    await Promise.all(messages.map((message) => sink.send(message)));
    const ids = new Set<string | undefined>();
    while (ids.size < 25) {
      const request = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, MessageAttributeNames: ['All'] };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
      for (const { MessageAttributes } of Messages) {
        expect(MessageAttributes?.tenant?.StringValue).to.equal('a');
        ids.add(MessageAttributes?.id?.StringValue);
      }
    }
    expect([...ids]).to.have.members(messages.map(({ id }) => id));
  });

  it('refuses only a message that is too large', async () => {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'small' }));
    await using sink = await openSink(options());
    const payloads = ['1', 'x'.repeat(300_000), '2'];
    const results = await Promise.allSettled(payloads.map((payload) => sink.send(outgoing(TopicArn, { payload }))));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).to.be.instanceOf(Refused);
  });

  it('waits for a missing topic, and logs it', async () => {
    const { log, lines } = keptLog();
    await using sink = await openSink(options(), log);
    const waiting = sink.send(outgoing(`${account}:late`));
    await waitFor(() => lines.find(({ msg }) => msg.includes(`${account}:late does not exist;`)), {
      what: 'a log line',
    });
    await sns.send(new CreateTopicCommand({ Name: 'late' }));
    await waiting;
  });
});
