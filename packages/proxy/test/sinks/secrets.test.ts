import { inspect } from 'node:util';
import { freePort } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

const secret = 's3cr3t-@of/ours';
const inUri = encodeURIComponent(secret);

/** A sink of each kind, with a secret wherever there is room for one. */
function sinks(port: number): Record<string, object> {
  const user = `joe:${inUri}@127.0.0.1:${port}`;
  return {
    amqp: { uri: `amqp://${user}` },
    mqtt: { uri: `mqtt://${user}` },
    redis: { uri: `redis://${user}` },
    nats: { uri: `nats://127.0.0.1:${port}`, token: secret },
    'nats with a password': { kind: 'nats', uri: `nats://${user}` },
    kafka: { brokers: [`127.0.0.1:${port}`], sasl: { mechanism: 'PLAIN', username: 'joe', password: secret } },
    sqs: {
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { access_key_id: 'joe', secret_access_key: secret },
    },
    sns: {
      region: 'eu-west-1',
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { access_key_id: 'joe', secret_access_key: secret },
    },
    webhook: {
      url: `http://127.0.0.1:${port}/hook?access_token=${inUri}`,
      headers: { authorization: `Bearer ${secret}` },
    },
  };
}

describe('Sinks: secrets', () => {
  for (const kind of Object.keys(sinks(1))) {
    it(`are in no error if the broker is unreachable: ${kind}`, async function () {
      this.timeout(60_000);
      const options = { kind, connect_timeout: 1000, ...sinks(await freePort())[kind] };
      const failing = async () => {
        await using sink = await openSink(options);
        await sink.send(outgoing('orders'));
      };
      const error = await rejection(failing());
      const text = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      for (const hidden of [secret, inUri]) expect(text).not.to.include(hidden);
    });
  }
});
