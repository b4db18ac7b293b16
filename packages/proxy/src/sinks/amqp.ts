import { integer } from '@pgwamp/config';
import { Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import * as z from 'zod';
import { BrokerRefusedError, BrokerUnreachableError } from '../errors.ts';
import { Confirmations } from './confirmations.ts';
import { brokerOf, connecting, load, tlsOf, uri } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';
import { Destinations } from './destinations.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

/** Limit of bytes of an AMQP short string, such as a routing key or the name of an exchange. */
const maxShortString = 255;
const closeTimeout = 2000;

/** A sink for brokers of AMQP 0.9.1, such as RabbitMQ. */
export const amqpOptions = z.strictObject({
  kind: z.literal('amqp'),
  ...deliveryOptions,
  uri: uri('amqp://user:password@host:5672/vhost', 'amqp', 'amqps'),
  destination: z
    .enum(['exchange', 'queue', 'either'])
    .default('exchange')
    .describe('destination of routes: an exchange, a queue, or an exchange if it exists and otherwise a queue'),
  delivery_mode: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe('2: messages survive a restart of the broker; 1: they do not'),
  mandatory: z.boolean().default(true).describe('whether a message that reaches no queue is refused'),
  heartbeat: integer({ min: 1, max: 3600 }).default(10).describe('seconds between two heartbeats'),
  ...connecting,
});

type Options = z.output<typeof amqpOptions>;

/** Connects to an AMQP 0.9.1 broker. It declares nothing: exchanges and queues belong to other applications. */
export async function openAmqp(options: Options, { name, log }: SinkContext): Promise<OpenSink> {
  const { connect } = await load(name, ['amqplib'], () => import('amqplib'));
  const broker = brokerOf(options.uri);
  const url = new URL(options.uri);
  url.searchParams.set('heartbeat', String(options.heartbeat));
  const socket = { noDelay: true, timeout: options.connect_timeout, ...tlsOf(options.uri, options.tls, name) };
  try {
    const model = await connect(url.href, socket);
    // An error before the sink listens appears as a failure of the channel.
    model.on('error', ignore);
    return new AmqpSink(model, await model.createConfirmChannel(), options, { name: broker, log });
  } catch (error) {
    const { message } = error as Error;
    // The library reports a missing or forbidden virtual host only in this way.
    const isRefusal = /ACCESS.REFUSED|NOT.ALLOWED|ConnectionOpenOk; got <ConnectionClose/i.test(message);
    throw new (isRefusal ? BrokerRefusedError : BrokerUnreachableError)(name, broker, message, { cause: error });
  }
}

class AmqpSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #model: ChannelModel;
  readonly #channel: ConfirmChannel;
  readonly #options: Options;
  readonly #confirmations: Confirmations;
  readonly #destinations: Destinations;
  /** Names that are queues, if the destination of a route may be either. */
  readonly #queues = new Set<string>();
  /** The returned messages: the broker returns a message before it confirms it. */
  readonly #returned = new Map<string, string>();

  constructor(model: ChannelModel, channel: ConfirmChannel, options: Options, { name, log }: SinkContext) {
    this.#model = model;
    this.#channel = channel;
    this.#options = options;
    const confirmations = new Confirmations(name, options.confirm_timeout);
    this.#confirmations = confirmations;
    this.lost = confirmations.lost;
    const what = options.destination === 'either' ? 'exchange or queue' : options.destination;
    this.#destinations = new Destinations((destination) => this.#exists(destination), { what, lost: this.lost, log });
    channel.on('return', (message) => this.#returned.set(keyOf(message), replyOf(message)));
    channel.on('error', (error) => confirmations.lose(error.message, { blamesMessage: blames(error), cause: error }));
    channel.on('close', () => confirmations.lose('the channel was closed'));
    model.on('error', (error) => confirmations.lose(error.message, { blamesMessage: blames(error), cause: error }));
    model.on('close', () => confirmations.lose('the broker closed the connection'));
    model.on('blocked', (reason) => {
      confirmations.suspend();
      log.warn({ reason }, '%s takes no messages for now: %s', name, reason);
    });
    model.on('unblocked', () => {
      confirmations.resume();
      log.info('%s takes messages again', name);
    });
    this.lost.addEventListener('abort', () => void this.#close().catch(ignore), { once: true });
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const tooLong = [message.key, message.destination].find((text) => Buffer.byteLength(text) > maxShortString);
    if (tooLong !== undefined) {
      const what = tooLong === message.key ? 'its routing key' : 'the name of its exchange or queue';
      return Promise.reject(new Refused('malformed', `${what} has more than the ${maxShortString} bytes of AMQP`));
    }
    return this.#destinations.whenThere(message.destination, () => this.#publish(message));
  }

  destroy(): void {
    this.#confirmations[Symbol.dispose]();
    socketOf(this.#model)?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close().catch(ignore);
    this.#confirmations[Symbol.dispose]();
  }

  #publish({ id, destination, key, payload, headers, contentType }: OutgoingMessage): Promise<Receipt> {
    const { delivery_mode: deliveryMode, mandatory } = this.#options;
    const isQueue = this.#options.destination === 'queue' || this.#queues.has(destination);
    const [exchange, routingKey] = isQueue ? ['', destination] : [destination, key];
    const content = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const properties = { messageId: id, contentType, headers, deliveryMode, mandatory };
    const sent = this.#confirmations.open();
    try {
      this.#channel.publish(exchange, routingKey, content, properties, (error) => {
        const reply = this.#returned.size > 0 ? this.#takeReturned(id, exchange, routingKey) : undefined;
        if (error instanceof Error && error.message === 'message nacked') this.#nacked();
        else if (reply !== undefined) sent.refuse(new Refused('refused', `${destination} routes it nowhere: ${reply}`));
        // Any other error belongs to the channel, whose loss settles the message.
        else if (!error) sent.confirm();
      });
    } catch (error) {
      if (!this.lost.aborted) sent.refuse(new Refused('malformed', (error as Error).message, { cause: error }));
    }
    return sent.promise;
  }

  /** Temporary: a queue that rejects messages is usually full. */
  #nacked(): void {
    this.#confirmations.lose('the broker did not take a message (nack): a queue is full, or its node is failing');
  }

  #takeReturned(id: string, exchange: string, routingKey: string): string | undefined {
    const name = JSON.stringify([id, exchange, routingKey]);
    const reply = this.#returned.get(name);
    this.#returned.delete(name);
    return reply;
  }

  /** Uses a separate channel, since the broker closes a channel on which a missing object is checked. */
  async #exists(name: string): Promise<boolean> {
    const { destination } = this.#options;
    if (destination !== 'queue' && (await this.#check((channel) => channel.checkExchange(name)))) return true;
    if (destination === 'exchange' || !(await this.#check((channel) => channel.checkQueue(name)))) return false;
    this.#queues.add(name);
    return true;
  }

  async #check(look: (channel: Awaited<ReturnType<ChannelModel['createChannel']>>) => Promise<unknown>) {
    const channel = await this.#model.createChannel();
    channel.on('error', ignore);
    try {
      await look(channel);
    } catch (error) {
      return (error as { code?: unknown }).code !== 404;
    }
    await channel.close();
    return true;
  }

  /** Closes the connection, but does not wait long for a broker that does not answer. */
  async #close(): Promise<void> {
    const timer = setTimeout(() => socketOf(this.#model)?.destroy(), closeTimeout);
    try {
      await this.#model.close();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The id alone does not identify a message, since one message may go to several destinations. */
function keyOf({ fields, properties }: Message): string {
  return JSON.stringify([properties.messageId, fields.exchange, fields.routingKey]);
}

function replyOf({ fields }: Message): string {
  return (fields as unknown as { replyText: string }).replyText;
}

/** Whether the broker closed the channel because of a message: it is too large, not permitted, or malformed. */
function blames(error: Error): boolean {
  return [403, 406, 501, 505, 541].includes((error as { code?: number }).code ?? 0);
}

/** The library cannot end a connection whose other end does not answer. */
function socketOf({ connection }: ChannelModel): { destroy(): void } | undefined {
  return (connection as unknown as { stream?: { destroy(): void } }).stream;
}

function ignore(): void {}
