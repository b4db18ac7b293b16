import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { IClientPublishOptions, MqttClient } from 'mqtt';
import { BrokerRefusedError, BrokerUnreachableError } from '../errors.ts';
import { Confirmations, type Sent } from './confirmations.ts';
import { brokerOf, load } from './connecting.ts';
import { type MqttOptions, maxWindow, mqttClientOptions } from './mqtt-options.ts';
import { mqttRefusal } from './mqtt-refusal.ts';
import { lossesOf, type RepeatedLosses } from './repeated-losses.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

/** A packet up to this size fits the limit of any broker. */
const anyBrokerTakes = 16 * 1024;
const closeTimeout = 2000;

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

/** A message that waits for room in the window. */
interface Queued {
  readonly message: OutgoingMessage;
  readonly name: string;
  readonly sent: Sent;
}

class MqttSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #client: MqttClient;
  readonly #options: MqttOptions;
  readonly #confirmations: Confirmations;
  readonly #losses: RepeatedLosses;
  readonly #window: number;
  #published = 0;
  #isCorked = false;
  /**
   * Messages that wait for room in the window, which the library does not enforce. The pump sends more when half of `max_in_flight` is settled. A window of
   * at most half of that leaves a message here to send with each confirmation. Otherwise a broker without TCP_NODELAY (mosquitto) holds back its
   * further confirmations until TCP acknowledges the first, 40 ms later.
   */
  readonly #queue: Queued[] = [];

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
    // A small message would wait for the acknowledgement of the one before, which the broker's system may delay by 40 ms.
    if ('setNoDelay' in client.stream) (client.stream as Socket).setNoDelay(true);
    // With QoS 0, the library waits for the socket with a listener for each message.
    client.stream.setMaxListeners(window + 20);
    this.lost.addEventListener('abort', () => client.stream.destroy(), { once: true });
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const refusal = mqttRefusal(message, this.#options.version, this.#client.serverProperties?.maximumPacketSize);
    if (refusal) return Promise.reject(refusal);
    const name = `${message.id} ${message.destination}`;
    const sent = this.#confirmations.open(message.size, name);
    this.#queue.push({ message, name, sent });
    this.#publishQueued();
    return sent.promise;
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

  #publishQueued(): void {
    // The library would keep them for a later connection that never happens.
    while (this.#published < this.#window && !this.lost.aborted) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#cork();
      this.#publish(next);
    }
  }

  /** One write for all messages of a turn of the event loop: the library writes the message of each callback alone. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    const { stream } = this.#client;
    stream.cork();
    setImmediate(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }

  #publish({ message, name, sent }: Queued): void {
    this.#published += 1;
    this.#client.publish(message.destination, asBuffer(message.payload), this.#publishOptions(message), (error) => {
      this.#published -= 1;
      const { code } = (error ?? {}) as { code?: number | string };
      if (!error || code === noSubscribers) this.#confirm(name, sent);
      else if (typeof code === 'number') this.#reject(sent, code, error.message);
      // Any other error belongs to the connection, whose loss settles the message.
      else this.#lose(error.message, error);
      this.#publishQueued();
    });
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
}

/** Reason codes of MQTT 5: the message has reached the broker, and there are no subscribers. */
const noSubscribers = 0x10;
const quotaExceeded = 0x97;
/**
 * Malformed packet, protocol error, invalid topic, packet too large, invalid payload, retain not supported, QoS not
 * supported.
 */
const blames = new Set([0x81, 0x82, 0x90, 0x95, 0x99, 0x9a, 0x9b]);

function asBuffer(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

function ignore(): void {}
