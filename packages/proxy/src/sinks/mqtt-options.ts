import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { integer } from '@pgwamp/config';
import type { IClientOptions, IStore } from 'mqtt';
import * as z from 'zod';
import { connecting, tlsOf, uri } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';

/** The largest window that MQTT allows. */
export const maxWindow = 65_535;

/** A sink for brokers of MQTT 3.1.1 and 5. */
export const mqttOptions = z.strictObject({
  kind: z.literal('mqtt'),
  ...deliveryOptions,
  uri: uri('mqtt://user:password@host:1883', 'mqtt', 'mqtts', 'tcp', 'ssl', 'ws', 'wss'),
  version: z
    .enum(['3.1.1', '5'])
    .default('3.1.1')
    .describe('the version of MQTT; 5 carries the id, the content type and headers'),
  qos: z
    .union([z.literal(0), z.literal(1), z.literal(2)])
    .default(1)
    .describe('0: at most once; 1: at least once; 2: the broker recognizes repeats within a connection'),
  retain: z.boolean().default(false).describe('whether the broker keeps the last message of each topic'),
  window: integer({ min: 1, max: maxWindow })
    .default(1024)
    .describe('limit on unconfirmed messages: at most half of max_in_flight, and the broker may lower it'),
  keepalive: integer({ min: 1, max: 65_535 }).default(10).describe('seconds of silence until a ping'),
  client_id: z.string().min(1).optional().describe('the client identifier; default: a random one'),
  ...connecting,
});

/** The options of a sink, checked. */
export type MqttOptions = z.output<typeof mqttOptions>;

/** The options of the library. The session is clean: the Proxy itself sends unconfirmed messages again. */
export function mqttClientOptions(options: MqttOptions, name: string): IClientOptions {
  const { client_id: clientId = `pgwamp-${randomBytes(8).toString('hex')}` } = options;
  return {
    protocolVersion: options.version === '5' ? 5 : 4,
    clientId,
    clean: true,
    keepalive: options.keepalive,
    connectTimeout: options.connect_timeout,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    outgoingStore: emptyStore,
    log: ignore,
    ...tlsOf(options.uri, options.tls, name),
  } as IClientOptions;
}

/** Replaces the debug log of the library, which it calls a dozen times for each message and which costs time even while it is off. */
function ignore(): void {}

/**
 * Stores nothing. The library's own store keeps every message for a later connection, which never happens; and it is a
 * map, which burdens the garbage collector: see {@link OutgoingMessage.progress}.
 */
const emptyStore = {
  put: (_packet: unknown, done: () => void) => done(),
  del: (packet: unknown, done: (error: undefined, packet: unknown) => void) => done(undefined, packet),
  get: (_packet: unknown, done: (error: Error) => void) => done(new Error('missing packet')),
  createStream: () => Readable.from([]),
  close: (done?: () => void) => done?.(),
} as unknown as IStore;
