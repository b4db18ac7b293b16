import type { ConnectionOptions, Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { clientTlsOptions } from '@pgwamp/config';
import { Lost, Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import * as z from 'zod';
import { BrokerRefusedError, BrokerUnreachableError } from '../errors.ts';
import { Confirmations, type Sent } from './confirmations.ts';
import { brokerOf, connecting, credentialsOf, load, uri } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';
import { Destinations } from './destinations.ts';
import { type ApiError, refusalOf } from './jetstream-errors.ts';
import { Numbered } from './numbered.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

/** A sink for NATS, with or without JetStream. */
export const natsOptions = z.strictObject({
  kind: z.literal('nats'),
  ...deliveryOptions,
  uri: uri('nats://user:password@host:4222', 'nats', 'tls'),
  jetstream: z
    .boolean()
    .default(true)
    .describe('whether a JetStream stream must store each message; false is core NATS, which is at most once'),
  token: z.string().min(1).optional().describe('the token to authenticate with'),
  ...connecting,
});

type Options = z.output<typeof natsOptions>;
type Library = typeof import('@nats-io/transport-node');

/** Connects to a NATS server. */
export async function openNats(options: Options, { name, log }: SinkContext): Promise<OpenSink> {
  const library = await load(name, ['@nats-io/transport-node'], () => import('@nats-io/transport-node'));
  const broker = brokerOf(options.uri);
  const confirmations = new Confirmations(broker, options.confirm_timeout);
  try {
    const connection = await library.connect(connectionOptions(options, name));
    return new NatsSink(connection, library, options, confirmations, { name: broker, log });
  } catch (error) {
    confirmations[Symbol.dispose]();
    const isRefusal = error instanceof library.errors.AuthorizationError;
    throw new (isRefusal ? BrokerRefusedError : BrokerUnreachableError)(name, broker, (error as Error).message, {
      cause: error,
    });
  }
}

function connectionOptions({ uri, tls, token, connect_timeout: timeout }: Options, name: string): ConnectionOptions {
  const { hostname, host, protocol } = new URL(uri);
  const { username: user, password: pass } = credentialsOf(uri);
  const { ca, ...others } = clientTlsOptions(tls, hostname, ['sinks', name, 'tls']);
  const isSecure = protocol === 'tls:' || (tls !== undefined && tls !== false);
  return {
    servers: host,
    name: `pgwamp ${name}`,
    timeout,
    reconnect: false,
    pingInterval: 5000,
    maxPingOut: 2,
    ...(user !== undefined && { user, pass: pass ?? '' }),
    ...(token !== undefined && { token }),
    ...(isSecure && { tls: { ...others, ...(ca && { ca: ca.join('\n') }) } }),
  };
}

class NatsSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #connection: NatsConnection;
  readonly #library: Library;
  readonly #confirmations: Confirmations;
  readonly #streams: Destinations | undefined;
  /** One subscription for all acknowledgements: a request with the library costs several times as much. */
  readonly #inbox: string;
  readonly #sent = new Numbered<Sent>();
  /** Messages without JetStream; the server has received them when it answers a later ping. */
  #unflushed: Sent[] = [];

  constructor(
    connection: NatsConnection,
    library: Library,
    { jetstream }: Options,
    confirmations: Confirmations,
    { name, log }: SinkContext,
  ) {
    this.#connection = connection;
    this.#library = library;
    this.#confirmations = confirmations;
    this.lost = confirmations.lost;
    this.#inbox = library.createInbox();
    void connection.closed().then((error) => confirmations.lose(error?.message ?? 'the server closed the connection'));
    void this.#watch();
    this.lost.addEventListener('abort', () => void connection.close().catch(ignore), { once: true });
    if (!jetstream) return;
    const what = `stream of ${name} for subject`;
    this.#streams = new Destinations((subject) => this.#hasStream(subject), { what, lost: this.lost, log });
    connection.subscribe(`${this.#inbox}.*`, { callback: (_, answer) => this.#settle(answer) });
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const publish = () => this.#publish(message);
    return this.#streams ? this.#streams.whenThere(message.destination, publish) : publish();
  }

  destroy(): void {
    this.#confirmations[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
  }

  #publish(message: OutgoingMessage): Promise<Receipt> {
    const sent = this.#confirmations.open();
    if (this.lost.aborted) return sent.promise;
    try {
      const headers = this.#headersOf(message);
      if (this.#streams) this.#publishToStream(message, headers, sent);
      else this.#publishAndFlush(message, headers, sent);
    } catch (error) {
      const { message: reason } = error as Error;
      // An error that the library throws before sending is caused by the message, unless the connection is closed.
      if (this.#connection.isClosed()) this.#confirmations.lose(reason, { cause: error });
      else sent.refuse(new Refused(/max_payload/.test(reason) ? 'too_large' : 'malformed', reason, { cause: error }));
    }
    return sent.promise;
  }

  #publishToStream({ destination, payload }: OutgoingMessage, headers: MsgHdrs, sent: Sent): void {
    const reply = `${this.#inbox}.${this.#sent.next}`;
    this.#connection.publish(destination, payload, { headers, reply });
    this.#sent.add(sent);
  }

  #publishAndFlush({ destination, payload }: OutgoingMessage, headers: MsgHdrs, sent: Sent): void {
    this.#connection.publish(destination, payload, { headers });
    this.#unflushed.push(sent);
    if (this.#unflushed.length > 1) return;
    setImmediate(() => {
      const all = this.#unflushed;
      this.#unflushed = [];
      this.#connection.flush().then(
        () => {
          for (const sent of all) sent.confirm();
        },
        (error: Error) => this.#confirmations.lose(error.message, { cause: error }),
      );
    });
  }

  #headersOf({ id, key, contentType, headers: others }: OutgoingMessage): MsgHdrs {
    const headers = this.#library.headers();
    for (const [name, value] of Object.entries(others)) headers.set(name, value);
    headers.set('Nats-Msg-Id', id);
    headers.set('Content-Type', contentType);
    if (key !== '') headers.set('Key', key);
    return headers;
  }

  #settle(answer: Msg): void {
    const sent = this.#sent.take(Number(answer.subject.slice(this.#inbox.length + 1)));
    if (!sent) return;
    if (answer.headers?.code === 503) {
      this.#confirmations.lose('no stream has the subject any more, or JetStream is not running');
      return;
    }
    const { error, seq } = answer.json<{ error?: ApiError; seq?: number }>();
    const refusal = error && refusalOf(error);
    if (!error) sent.confirm({ id: seq });
    else if (refusal) sent.refuse(refusal);
    else this.#confirmations.lose(`the stream temporarily does not accept a message: ${error.description}`);
  }

  /** @returns true also if the request is not permitted: then the message itself shows the result. */
  async #hasStream(subject: string): Promise<boolean> {
    try {
      const question = JSON.stringify({ subject });
      const answer = await this.#connection.request('$JS.API.STREAM.NAMES', question, { timeout: 5000 });
      const { error, streams } = answer.json<{ error?: ApiError; streams?: string[] | null }>();
      return error !== undefined || (streams ?? []).length > 0;
    } catch (error) {
      this.lost.throwIfAborted();
      if (error instanceof this.#library.errors.TimeoutError) return true;
      if (error instanceof this.#library.errors.RequestError && error.isNoResponders()) return false;
      throw new Lost((error as Error).message, false, { cause: error });
    }
  }

  /** Permission errors belong to the connection and name no message. */
  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type !== 'error') continue;
      this.#confirmations.lose(status.error.message, { blamesMessage: true, cause: status.error });
    }
  }
}

function ignore(): void {}
