import { once } from 'node:events';
import { integer } from '@pgwamp/config';
import { Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { IClientPublishOptions, MqttClient } from 'mqtt';
import * as z from 'zod';
import { BrokerRefusedError, BrokerUnreachableError } from '../errors.ts';
import { Confirmations, type Sent } from './confirmations.ts';
import { brokerOf, connecting, load, uri } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';
import { mqttClientOptions } from './mqtt-client-options.ts';
import { lossesOf, type RepeatedLosses } from './repeated-losses.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

const maxString = 65_535;
/** The size limit of an MQTT packet, minus the part before the payload. */
const maxPayload = 268_435_455 - maxString - 7;
/** A packet up to this size fits the limit of any broker. */
const anyBrokerTakes = 16 * 1024;
const maxWindow = 65_535;
const closeTimeout = 2000;

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

type MqttOptions = z.output<typeof mqttOptions>;

/** Connects to an MQTT broker. The session is clean: the Proxy, not the library, sends unconfirmed messages again. */
export async function openMqtt(options: MqttOptions, { name }: SinkContext): Promise<OpenSink> {
  const { connect } = await load(name, ['mqtt'], () => import('mqtt'));
  const client = connect(options.uri, mqttClientOptions(options, name));
  const broker = brokerOf(options.uri);
  const opened = Promise.withResolvers<number>();
  client.once('connect', ({ properties }) => opened.resolve(properties?.receiveMaximum ?? maxWindow));
  client.once('error', opened.reject);
  client.once('close', () => opened.reject(new Error('the connection was closed')));
  try {
    const window = Math.min(await opened.promise, options.window, Math.ceil(options.max_in_flight / 2));
    return new MqttSink(client, options, broker, window);
  } catch (error) {
    client.on('error', ignore).end(true);
    const { message, code } = error as Error & { code?: number | string };
    const isRefusal = typeof code === 'number' && [2, 4, 5, 0x85, 0x86, 0x87, 0x8a, 0x8c].includes(code);
    throw new (isRefusal ? BrokerRefusedError : BrokerUnreachableError)(name, broker, message || String(code), {
      cause: error,
    });
  }
}

class MqttSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #client: MqttClient;
  readonly #options: MqttOptions;
  readonly #confirmations: Confirmations;
  readonly #losses: RepeatedLosses;
  readonly #window: number;
  /**
   * Messages that wait for room in the window, which the library does not enforce. The pump sends more when half of `max_in_flight` is settled. A window of
   * at most half of that leaves a message here to send with each confirmation. Otherwise a broker without TCP_NODELAY (mosquitto) holds back its
   * further confirmations until TCP acknowledges the first, 40 ms later.
   */
  readonly #queue: (() => void)[] = [];

  constructor(client: MqttClient, options: MqttOptions, broker: string, window: number) {
    this.#client = client;
    this.#options = options;
    this.#window = window;
    const confirmations = new Confirmations(broker, options.confirm_timeout);
    this.#confirmations = confirmations;
    this.#losses = lossesOf(options);
    this.lost = confirmations.lost;
    client.on('error', (error) => this.#lose(error.message, error));
    client.on('close', () => this.#lose('the broker closed the connection'));
    client.on('disconnect', ({ reasonCode = 0, properties }) => {
      const reason = properties?.reasonString ?? 'the broker disconnected';
      confirmations.lose(`${reason} (code ${reasonCode})`, { blamesMessage: blames.has(reasonCode) });
    });
    this.lost.addEventListener('abort', () => this.#release(), { once: true });
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const refusal = this.#refusal(message);
    if (refusal) return Promise.reject(refusal);
    if (this.#confirmations.size < this.#window && this.#queue.length === 0) return this.#publish(message);
    const { promise, resolve } = Promise.withResolvers<Receipt>();
    this.#queue.push(() => resolve(this.#publish(message)));
    return promise;
  }

  destroy(): void {
    this.#client.end(true);
    this.#confirmations[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.lost.aborted) {
      const timer = setTimeout(() => this.#client.stream.destroy(), closeTimeout);
      // Not the callback of end(), which never comes where messages stay unconfirmed.
      const closed = once(this.lost, 'abort');
      this.#client.end();
      await closed;
      clearTimeout(timer);
    }
    this.destroy();
  }

  #publish(message: OutgoingMessage): Promise<Receipt> {
    const name = `${message.id} ${message.destination}`;
    const sent = this.#confirmations.open(message.size, name);
    // The library would keep it for a later connection that never happens.
    if (this.lost.aborted) return sent.promise;
    this.#client.publish(message.destination, asBuffer(message.payload), this.#publishOptions(message), (error) => {
      const { code } = (error ?? {}) as { code?: number | string };
      if (!error || code === noSubscribers) this.#confirm(name, sent);
      else if (typeof code === 'number') this.#reject(sent, code, error.message);
      // Any other error belongs to the connection, whose loss settles the message.
      else this.#lose(error.message, error);
      this.#queue.shift()?.();
    });
    return sent.promise;
  }

  #reject(sent: Sent, code: number, message: string): void {
    if (code === quotaExceeded) this.#confirmations.lose(`the quota of the client is exceeded (${message})`);
    else sent.refuse(new Refused('refused', `the broker refused it: ${message} (code ${code})`));
  }

  #publishOptions({ id, key, contentType, headers }: OutgoingMessage): IClientPublishOptions {
    const { qos, retain, version } = this.#options;
    if (version !== '5') return { qos, retain };
    const userProperties = { ...headers, id, ...(key !== '' && { key }) };
    return { qos, retain, properties: { contentType, userProperties } };
  }

  #refusal(message: OutgoingMessage): Refused | undefined {
    const { destination, payload, size } = message;
    const limit = this.#client.serverProperties?.maximumPacketSize ?? maxPayload;
    const bytes = typeof payload === 'string' ? Math.max(size, payload.length) : payload.length;
    if (bytes > limit)
      return new Refused('too_large', `it has ${bytes} bytes, but the broker accepts at most ${limit}`);
    if (destination === '' || /[+#]/.test(destination) || !isString(destination))
      return new Refused('malformed', `${JSON.stringify(destination.slice(0, 100))} cannot be a topic of MQTT`);
    if (this.#options.version === '5' && !propertiesOf(message).every(isString))
      return new Refused('malformed', 'its key, id, content type or a header cannot be a string of MQTT');
    return undefined;
  }

  #confirm(name: string, sent: Sent): void {
    this.#losses.acquit(name);
    sent.confirm();
  }

  /**
   * MQTT 3.1.1 has no reason code for a message that the broker does not accept, for example because it is too large or
   * not permitted: the broker just closes the connection. MQTT 5 brokers do the same for characters that they forbid.
   */
  #lose(reason: string, cause?: Error): void {
    if (this.lost.aborted) return;
    const { largest, oldest } = this.#confirmations;
    const isRepeated = this.#losses.blame(oldest);
    const blamesMessage = isRepeated || (this.#options.version === '3.1.1' && largest > anyBrokerTakes);
    this.#confirmations.lose(reason, { blamesMessage, cause });
  }

  #release(): void {
    this.#client.stream.destroy();
    for (const publish of this.#queue.splice(0)) publish();
  }
}

/** Reason codes of MQTT 5: the message has reached the broker, and there are no subscribers. */
const noSubscribers = 0x10;
const quotaExceeded = 0x97;
/**
 * Malformed packet, protocol error, invalid topic, packet too large, invalid payload, retain not supported, QoS not
 * supported.
 */
const blames = new Set([0x81, 0x82, 0x90, 0x95, 0x99, 0x9a, 0x9b]);

function isString(text: string): boolean {
  return !text.includes('\0') && Buffer.byteLength(text) <= maxString;
}

/** The properties that MQTT 5 transmits besides topic and payload. */
function propertiesOf({ id, key, contentType, headers }: OutgoingMessage): string[] {
  return [id, key, contentType, ...Object.entries(headers).flat()];
}

function asBuffer(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

function ignore(): void {}
