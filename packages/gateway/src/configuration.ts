import { bytes, database, integer, listeningEndpoint, milliseconds, parseConfiguration } from '@pgwamp/config';
import { classKeys, lifeCycle } from '@pgwamp/core/internal/component';
import * as z from 'zod';
import { auth } from './access/configuration.ts';

import { glob } from './channels/glob.ts';

import { log, tables } from './log/configuration.ts';
import { receive } from './receive/configuration.ts';

const text = z.string().min(1);

const path = z.string().regex(/^\/(?:[^?#{}]*\/)?\{channel\}$/, {
  error: 'a path that ends with the segment {channel}, such as /listen/{channel}',
});

const basePath = z
  .string()
  // A checked value may be checked again, after its trailing slash was removed.
  .regex(/^(?:\/[^?#{}]*)?$/, { error: 'a path that begins with "/"' })
  .transform((written) => written.replace(/\/+$/, ''));

const urlBase = z
  .string()
  .refine((written) => written === '' || (/^(https?|wss?):/.test(written) && URL.canParse(written)), {
    error: 'a URL such as "https://example.com"',
  });

const history = z
  .strictObject({
    messages: integer({ max: 10_000_000 }).default(1000).describe('limit on kept messages of a channel; 0 keeps none'),
    bytes: bytes()
      .default(1024 * 1024)
      .describe('limit on the bytes of these messages'),
    age: milliseconds().default(60_000).describe('milliseconds to keep a message, and a channel without clients'),
  })
  .prefault({})
  .describe('messages kept for each channel, for clients that reconnect');

const limits = z
  .strictObject({
    max_connections: integer({ min: 1 }).default(100_000).describe('limit on open connections'),
    max_connections_per_address: integer({ min: 1 })
      .optional()
      .describe('limit on connections of one address; all clients of a reverse proxy share one address'),
    max_failed_authentications: integer({ min: 1 })
      .default(100)
      .describe(
        'limit on forged tokens of one address within a minute; further requests with a token are answered with 429',
      ),
    max_channels_per_client: integer({ min: 1 }).default(1000).describe('limit on channels and patterns of a client'),
    max_frame_size: bytes({ min: 125, max: 2 ** 30 })
      .default(16 * 1024)
      .describe('limit on the bytes of a frame of a client'),
    max_frames_per_second: integer({ min: 1 })
      .default(100)
      .describe('limit on frames of a client in a second, pings and pongs included'),
    max_buffer: bytes({ min: 64 * 1024 })
      .default(4 * 1024 * 1024)
      .describe('limit on bytes that wait for a slow client'),
    handshake_timeout: milliseconds({ min: 10 })
      .default(5000)
      .describe('time limit for a request to arrive, in milliseconds'),
    listen_timeout: milliseconds({ min: 10 })
      .default(5000)
      .describe('milliseconds that a request waits for LISTEN before it is answered with 503'),
    close_timeout: milliseconds({ min: 10 }).default(5000).describe('milliseconds to wait for the answer to a close'),
  })
  .prefault({})
  .describe('limits of clients');

const ping = z
  .strictObject({
    interval: milliseconds().default(30_000).describe('milliseconds between two pings of a client; 0 disables pings'),
    timeout: milliseconds({ min: 10 })
      .default(30_000)
      .describe('milliseconds to wait for a pong before the client is considered lost'),
  })
  .prefault({})
  .describe('detection of lost clients');

/** The configuration of a Gateway. */
export const gatewayConfiguration = z.strictObject({
  ...classKeys,
  extra: z.strictObject({
    ...lifeCycle,
    database,
    endpoint: listeningEndpoint.describe('address that the gateway listens on'),
    reuse_port: z
      .boolean()
      .default(false)
      .describe('whether other processes may listen on the same port, for a rolling restart'),
    base_path: basePath.prefault('/').describe('prefix of all paths'),
    path: path.default('/listen/{channel}').describe('the path of a channel'),
    url_base: urlBase.default('').describe('URL of the Gateway for browsers; empty: taken from each request'),
    page: z
      .enum(['viewer', 'console', 'none'])
      .default('viewer')
      .describe('page at /: viewer shows channels, console also sends messages'),
    channels: z
      .array(glob)
      .default(['*'])
      .describe('channels that clients may listen to: names, and patterns with *, ? and [a-z]'),
    cors_origins: z
      .array(text)
      .default(['*'])
      .describe('origins of web pages that may connect; * matches any characters'),
    allowed_hosts: z
      .array(text)
      .optional()
      .describe(
        'allowed names in the header Host, without the port; default: on a loopback address without TLS only addresses, localhost and names without a dot',
      ),
    on_interruption: z
      .enum(['keep', 'close'])
      .default('keep')
      .describe('keep or close plain WebSockets when the connection to PostgreSQL is lost'),
    slow_client: z
      .enum(['close', 'drop'])
      .default('close')
      .describe('when max_buffer bytes wait for a client: close it, or drop messages with a gap'),
    history,
    limits,
    ping,
    auth,
    receive: receive.optional().describe('function for messages of clients; default: they are ignored'),
    topics: z
      .boolean()
      .default(false)
      .describe('whether clients may listen to publications of crossbar.publish, as topic:…'),
    tables,
    log,
  }),
});

/** The options of a Gateway, as a user writes them. */
export type GatewayOptions = z.input<typeof gatewayConfiguration>;
/** The checked configuration. */
export type GatewayConfiguration = z.output<typeof gatewayConfiguration>;
/** `extra` of the checked configuration. */
export type GatewayExtra = GatewayConfiguration['extra'];

/**
 * Checks a configuration; see `parseConfiguration`.
 *
 * @example
 * ```ts
 * const { extra } = parseGatewayConfiguration({
 *   extra: { database: { uri: '$DATABASE_URL' }, endpoint: { type: 'tcp', port: 7700 }, channels: ['order.*'] },
 * });
 * console.log(extra.channels); // [ 'order.*' ]
 * ```
 */
export function parseGatewayConfiguration(options: GatewayOptions): GatewayConfiguration {
  return parseConfiguration(gatewayConfiguration, options);
}
