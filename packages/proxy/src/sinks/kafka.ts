import { bytes, clientTlsOptions, integer, milliseconds } from '@pgwamp/config';
import { Lost } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { MessageToProduce, Producer, ProducerOptions } from '@platformatic/kafka';
import * as z from 'zod';
import { BrokerRefusedError, BrokerUnreachableError } from '../errors.ts';
import { type Batched, Batches } from './batches.ts';
import { Confirmations } from './confirmations.ts';
import { connecting, load, within } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';
import { Destinations } from './destinations.ts';
import { codesOf, connectionRefusals, explain, isUnknownTopic, messageRefusals, refusalOf } from './kafka-errors.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

const broker = z.string().regex(/^[^\s:]+:\d{1,5}$/, { error: 'a broker such as kafka.example.com:9092' });

/** A sink for Kafka and other brokers with its protocol. */
export const kafkaOptions = z.strictObject({
  kind: z.literal('kafka'),
  ...deliveryOptions,
  brokers: z.array(broker).min(1).describe('bootstrap brokers, for example kafka.example.com:9092'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).describe('the mechanism of SASL'),
      username: z.string().min(1).describe('name of the user'),
      password: z.string().describe('password of the user'),
    })
    .optional()
    .describe('how to authenticate'),
  batch_messages: integer({ min: 1, max: 100_000 }).default(1000).describe('limit on messages of one request'),
  batch_bytes: bytes({ min: 1024 })
    .default(900_000)
    .describe('limit on bytes of one request; the limit of the brokers is message.max.bytes'),
  ...connecting,
  // A broker that has just started cannot assign producer ids for a while.
  connect_timeout: milliseconds({ min: 1 }).default(30_000).describe('time limit for connecting, in milliseconds'),
});

type Options = z.output<typeof kafkaOptions>;
type Library = typeof import('@platformatic/kafka');
type KafkaProducer = Producer<string, Buffer, string, string>;

/** Connects to a Kafka cluster. The producer is idempotent and waits for all in-sync replicas. */
export async function openKafka(options: Options, { name, log }: SinkContext): Promise<OpenSink> {
  const library = await load(name, ['@platformatic/kafka'], () => import('@platformatic/kafka'));
  const where = `kafka://${options.brokers.join(',')}`;
  const confirmations = new Confirmations(where, options.confirm_timeout);
  const producer: KafkaProducer = new library.Producer(producerOptions(options, name, library));
  try {
    await within(options.connect_timeout, initialize(producer));
    return new KafkaSink(producer, library, options, confirmations, { name: where, log });
  } catch (error) {
    confirmations[Symbol.dispose]();
    void producer.close().catch(ignore);
    const isRefusal = codesOf(error).some((code) => connectionRefusals.has(code));
    const Refusal = isRefusal ? BrokerRefusedError : BrokerUnreachableError;
    throw new Refusal(name, where, explain(error), { cause: error });
  }
}

async function initialize(producer: KafkaProducer): Promise<void> {
  await producer.metadata({ topics: [], retries: 0 });
  await producer.initIdempotentProducer({});
}

function producerOptions(options: Options, name: string, library: Library) {
  const { brokers, sasl, tls, connect_timeout: connectTimeout, confirm_timeout: timeout } = options;
  const hostname = brokers[0]?.replace(/:\d+$/, '') ?? '';
  return {
    clientId: `pgwamp-${name}`,
    bootstrapBrokers: brokers,
    connectTimeout,
    // Longer than the confirmation timeout, so that that one fires first.
    requestTimeout: timeout * 2,
    timeout,
    idempotent: true,
    acks: library.ProduceAcks.ALL,
    // Temporary errors, such as a coordinator that is loading, are retried until the confirmation timeout.
    retries: Number.MAX_SAFE_INTEGER,
    retryDelay: 250,
    autocreateTopics: false,
    serializers: { ...library.stringSerializers, value: (value: Buffer | undefined) => value },
    ...(sasl && { sasl }),
    ...(tls !== undefined && tls !== false && { tls: clientTlsOptions(tls, hostname, ['sinks', name, 'tls']) }),
  } as ProducerOptions<string, Buffer, string, string>;
}

class KafkaSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #producer: KafkaProducer;
  readonly #library: Library;
  readonly #confirmations: Confirmations;
  readonly #batches: Batches;
  readonly #topics: Destinations;
  readonly #metadataTimeout: number;

  constructor(
    producer: KafkaProducer,
    library: Library,
    { batch_messages: messages, batch_bytes: bytes, connect_timeout }: Options,
    confirmations: Confirmations,
    { name, log }: SinkContext,
  ) {
    this.#producer = producer;
    this.#library = library;
    this.#confirmations = confirmations;
    this.lost = confirmations.lost;
    this.#metadataTimeout = connect_timeout;
    const limits = { messages, bytes, isolatesKeys: false };
    this.#batches = new Batches(limits, confirmations, (batch) => this.#produce(batch));
    const what = `topic of ${name}`;
    this.#topics = new Destinations((topic) => this.#hasTopic(topic), { what, lost: this.lost, log });
    producer.on('client:broker:disconnect', () => confirmations.lose('the broker closed the connection'));
    this.lost.addEventListener('abort', () => void producer.close(true).catch(ignore), { once: true });
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    return this.#topics.whenThere(message.destination, () => this.#batches.send(message));
  }

  destroy(): void {
    this.#confirmations[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
  }

  /** If the whole request is refused, its messages are sent one by one, so that only the bad one is refused. */
  async #produce(batch: readonly Batched[]): Promise<void> {
    try {
      await this.#producer.send({ messages: batch.map(({ message }) => recordOf(message)) });
      for (const { sent } of batch) sent.confirm();
    } catch (error) {
      const isMessage =
        error instanceof this.#library.UserError || codesOf(error).some((code) => messageRefusals.has(code));
      if (!isMessage || isUnknownTopic(error)) throw new Lost(explain(error), false, { cause: error });
      if (batch.length > 1) for (const one of batch) await this.#produce([one]);
      else batch[0]?.sent.refuse(refusalOf(error));
    }
  }

  async #hasTopic(topic: string): Promise<boolean> {
    try {
      // No message waits for a confirmation yet, whose time limit would end the connection.
      const metadata = this.#producer.metadata({ topics: [topic], forceUpdate: true, retries: 0 });
      await within(this.#metadataTimeout, metadata);
      return true;
    } catch (error) {
      if (isUnknownTopic(error)) return false;
      // For any other error of the topic, the message itself shows the result.
      if (codesOf(error).some((code) => messageRefusals.has(code)) || error instanceof this.#library.UserError)
        return true;
      throw new Lost(explain(error), false, { cause: error });
    }
  }
}

/** Kafka has no field for ids, so the id is a header, as in the CloudEvents binding and in most connectors. */
function recordOf({ id, destination, key, payload, headers, contentType }: OutgoingMessage) {
  const value = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const record = { topic: destination, value, headers: { ...headers, id, 'content-type': contentType } };
  return (key === '' ? record : { ...record, key }) as MessageToProduce<string, Buffer, string, string>;
}

function ignore(): void {}
