import { integer } from '@pgwamp/config';
import { Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { RedisClientOptions, RedisClientType } from '@redis/client';
import * as z from 'zod';
import { BrokerRefusedError, BrokerUnreachableError } from '../errors.ts';
import { Confirmations } from './confirmations.ts';
import { brokerOf, connecting, load, tlsOf, uri, within } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

/** A sink for Redis and other servers with its protocol. */
export const redisOptions = z.strictObject({
  kind: z.literal('redis'),
  ...deliveryOptions,
  uri: uri('redis://user:password@host:6379/0', 'redis', 'rediss'),
  destination: z
    .enum(['stream', 'channel'])
    .default('stream')
    .describe('destination of routes: a stream, or a channel of pub/sub, which is at most once'),
  max_length: integer({ min: 1 })
    .optional()
    .describe('approximate number of entries that a stream keeps; default: all'),
  require_subscriber: z
    .boolean()
    .default(false)
    .describe('whether a message to a channel without a subscriber is refused'),
  ...connecting,
});

type Options = z.output<typeof redisOptions>;

/** Connects to Redis. */
export async function openRedis(options: Options, { name }: SinkContext): Promise<OpenSink> {
  const { createClient } = await load(name, ['@redis/client'], () => import('@redis/client'));
  const broker = brokerOf(options.uri);
  const confirmations = new Confirmations(broker, options.confirm_timeout);
  const client = createClient(clientOptions(options, name)) as RedisClientType;
  client.on('error', (error: Error) => confirmations.lose(error.message, { cause: error }));
  client.on('end', () => confirmations.lose('the connection was closed'));
  try {
    await within(options.connect_timeout, client.connect());
    return new RedisSink(client, options, confirmations);
  } catch (error) {
    confirmations[Symbol.dispose]();
    if (client.isOpen) client.destroy();
    const { message } = error as Error;
    const isRefusal = /^(WRONGPASS|NOAUTH|NOPERM|ERR (AUTH|invalid DB|DB index))/i.test(message);
    throw new (isRefusal ? BrokerRefusedError : BrokerUnreachableError)(name, broker, message, { cause: error });
  }
}

function clientOptions(options: Options, name: string): RedisClientOptions {
  const tls = tlsOf(options.uri, options.tls, name);
  const socket = { connectTimeout: options.connect_timeout, reconnectStrategy: false as const, keepAlive: true };
  const isSecure = new URL(options.uri).protocol === 'rediss:';
  return {
    url: options.uri,
    // The Proxy reconnects, and sends unconfirmed messages again.
    disableOfflineQueue: true,
    disableClientInfo: true,
    // A timer for each command would cost more than the command; the sink itself checks unconfirmed messages.
    commandOptions: { timeout: 0 },
    maintNotifications: 'disabled',
    socket: isSecure ? { ...socket, ...tls, tls: true as const } : socket,
  } as RedisClientOptions;
}

class RedisSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #client: RedisClientType;
  readonly #options: Options;
  readonly #confirmations: Confirmations;
  readonly #limit: readonly string[];

  constructor(client: RedisClientType, options: Options, confirmations: Confirmations) {
    this.#client = client;
    this.#options = options;
    this.#confirmations = confirmations;
    this.lost = confirmations.lost;
    this.#limit = options.max_length === undefined ? [] : ['MAXLEN', '~', String(options.max_length)];
    this.lost.addEventListener('abort', () => this.#client.isOpen && this.#client.destroy(), { once: true });
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const sent = this.#confirmations.open();
    if (this.lost.aborted) return sent.promise;
    const isStream = this.#options.destination === 'stream';
    this.#client.sendCommand<string | number>(isStream ? this.#add(message) : publish(message)).then(
      (reply) => {
        if (reply === 0 && this.#options.require_subscriber) {
          sent.refuse(new Refused('refused', `channel ${message.destination} has no subscribers`));
        } else sent.confirm(isStream ? { id: reply } : undefined);
      },
      (error: Error) => {
        // An error reply concerns the command; any other error concerns the connection.
        if (isForGood(error)) sent.refuse(new Refused('refused', error.message, { cause: error }));
        else this.#confirmations.lose(error.message, { cause: error });
      },
    );
    return sent.promise;
  }

  destroy(): void {
    this.#confirmations[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
  }

  /** A stream entry has any number of fields; ours come first. */
  #add({ id, destination, key, payload, contentType, headers }: OutgoingMessage): (string | Buffer)[] {
    const fields = ['id', id, 'key', key, 'content_type', contentType, 'payload', payload];
    const others = Object.entries(headers).flatMap(([name, value]) => [`header:${name}`, value]);
    return ['XADD', destination, ...this.#limit, '*', ...fields, ...others];
  }
}

function publish({ destination, payload }: OutgoingMessage): (string | Buffer)[] {
  return ['PUBLISH', destination, payload];
}

/**
 * All other errors of Redis are temporary: it is loading, out of memory, a replica at present, or without its cluster.
 */
function isForGood({ message }: Error): boolean {
  return /^(WRONGTYPE|NOPERM|ERR )/.test(message);
}
