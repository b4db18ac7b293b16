import * as z from 'zod';
import { amqpOptions, openAmqp } from './amqp.ts';
import { customOptions, openCustom } from './custom.ts';
import { kafkaOptions, openKafka } from './kafka.ts';
import { openMqtt } from './mqtt.ts';
import { mqttOptions } from './mqtt-options.ts';
import { natsOptions, openNats } from './nats.ts';
import { openRedis, redisOptions } from './redis.ts';
import type { OpenSink, SinkContext } from './sink.ts';
import { openSns, snsOptions } from './sns.ts';
import { openSqs, sqsOptions } from './sqs.ts';
import { openWamp, wampOptions } from './wamp.ts';
import { openWebhook, webhookOptions } from './webhook.ts';

/** Accepted by the schema only to suggest an alternative. */
const awslambdaOptions = z.looseObject({ kind: z.literal('awslambda') }).pipe(
  z.never({
    error: 'a sink of kind sns or sqs that invokes the function, or a webhook to its URL (awslambda is not supported)',
  }),
);

const kinds = [
  amqpOptions,
  mqttOptions,
  redisOptions,
  natsOptions,
  kafkaOptions,
  sqsOptions,
  snsOptions,
  webhookOptions,
  wampOptions,
  customOptions,
  awslambdaOptions,
] as const;

/** `extra.sinks.NAME`; the options depend on `kind`. */
export const sinkOptions = z.discriminatedUnion('kind', kinds, {
  error: 'a sink of kind amqp, mqtt, redis, nats, kafka, sqs, sns, webhook or wamp',
});

/** A sink, checked. */
export type SinkOptions = z.output<typeof sinkOptions>;

/** Connects to the broker of a sink. Its library is loaded here. */
export async function openSink(options: SinkOptions, context: SinkContext): Promise<OpenSink> {
  switch (options.kind) {
    case 'amqp':
      return openAmqp(options, context);
    case 'mqtt':
      return openMqtt(options, context);
    case 'redis':
      return openRedis(options, context);
    case 'nats':
      return openNats(options, context);
    case 'kafka':
      return openKafka(options, context);
    case 'sqs':
      return openSqs(options, context);
    case 'sns':
      return openSns(options, context);
    case 'webhook':
      return openWebhook(options, context);
    case 'wamp':
      return openWamp(options, context);
    case 'custom':
      return openCustom(options, context);
  }
}
