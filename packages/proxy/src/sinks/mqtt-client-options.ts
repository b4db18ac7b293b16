import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ClientTls } from '@pgwamp/config';
import type { IClientOptions, IStore } from 'mqtt';
import { tlsOf } from './connecting.ts';

/** The options that the connection of a sink depends on. */
interface ConnectionOptions {
  readonly uri: string;
  readonly version: '3.1.1' | '5';
  readonly client_id?: string | undefined;
  readonly keepalive: number;
  readonly connect_timeout: number;
  readonly tls?: ClientTls | undefined;
}

/** The options of the library. The session is clean: the Proxy itself sends unconfirmed messages again. */
export function mqttClientOptions(options: ConnectionOptions, name: string): IClientOptions {
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
 * map, which burdens the garbage collector: see {@link OutgoingMessage.state}.
 */
const emptyStore = {
  put: (_packet: unknown, done: () => void) => done(),
  del: (packet: unknown, done: (error: undefined, packet: unknown) => void) => done(undefined, packet),
  get: (_packet: unknown, done: (error: Error) => void) => done(new Error('missing packet')),
  createStream: () => Readable.from([]),
  close: (done?: () => void) => done?.(),
} as unknown as IStore;
