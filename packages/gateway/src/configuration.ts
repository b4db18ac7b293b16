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
  // What is checked may be checked again: its slash at the end is gone then.
  .regex(/^(?:\/[^?#{}]*)?$/, { error: 'a path that begins with "/"' })
  .transform((written) => written.replace(/\/+$/, ''));

const urlBase = z
  .string()
  .refine((written) => written === '' || (/^(https?|wss?):/.test(written) && URL.canParse(written)), {
    error: 'a URL such as "https://example.com"',
  });

const history = z
  .strictObject({
    messages: integer({ max: 10_000_000 })
      .default(1000)
      .describe('messages of a channel that are kept for clients that come again; 0 for none'),
    bytes: bytes()
      .default(1024 * 1024)
      .describe('bytes of them'),
    age: milliseconds()
      .default(60_000)
      .describe('milliseconds that a message is kept, and a channel that no client listens to any more'),
  })
  .prefault({})
  .describe(
    'what is kept of a channel, so that clients of pgwamp.v1 and of server-sent events miss nothing when they come again',
  );

const limits = z
  .strictObject({
    max_connections: integer({ min: 1 }).default(100_000).describe('connections that may be open at a time'),
    max_connections_per_address: integer({ min: 1 })
      .optional()
      .describe('connections that one address may have; all of a proxy count as one'),
    max_failed_authentications: integer({ min: 1 })
      .default(100)
      .describe('forged tokens of one address within a minute; then its requests with a token are answered with 429'),
    max_channels_per_client: integer({ min: 1 })
      .default(1000)
      .describe('channels and patterns that one client may listen to'),
    max_frame_size: bytes({ min: 125, max: 2 ** 30 })
      .default(16 * 1024)
      .describe('bytes of a frame that a client may send'),
    max_frames_per_second: integer({ min: 1 })
      .default(100)
      .describe('frames that a client may send in a second, pings and pongs included'),
    max_buffer: bytes({ min: 64 * 1024 })
      .default(4 * 1024 * 1024)
      .describe('bytes that wait for a client that reads slowly'),
    handshake_timeout: milliseconds({ min: 10 })
      .default(5000)
      .describe('milliseconds that a request may take to arrive'),
    listen_timeout: milliseconds({ min: 10 })
      .default(5000)
      .describe('milliseconds that a request waits for LISTEN; then it is answered with 503'),
    close_timeout: milliseconds({ min: 10 }).default(5000).describe('milliseconds that a client has to answer a close'),
  })
  .prefault({});

const ping = z
  .strictObject({
    interval: milliseconds().default(30_000).describe('milliseconds between two pings of a client; 0 for none'),
    timeout: milliseconds({ min: 10 })
      .default(30_000)
      .describe('milliseconds that a pong may take; then the client is given up'),
  })
  .prefault({});

/** The configuration of a Gateway. */
export const gatewayConfiguration = z.strictObject({
  ...classKeys,
  extra: z.strictObject({
    ...lifeCycle,
    database,
    endpoint: listeningEndpoint.describe('where the gateway listens'),
    reuse_port: z
      .boolean()
      .default(false)
      .describe('whether other processes may listen on the same port, so that one can replace the other'),
    base_path: basePath.prefault('/').describe('the path that all others are below'),
    path: path.default('/listen/{channel}').describe('the path of a channel'),
    url_base: urlBase
      .default('')
      .describe('the URL that browsers know the gateway by; empty to find it out by each request'),
    page: z
      .enum(['viewer', 'console', 'none'])
      .default('viewer')
      .describe('the page at /: one that shows channels, one that also sends messages, or none'),
    channels: z
      .array(glob)
      .default(['*'])
      .describe('channels that clients may listen to: names, and patterns with *, ? and [a-z]'),
    cors_origins: z
      .array(text)
      .default(['*'])
      .describe('origins of web pages that may connect, in which * stands for any characters'),
    allowed_hosts: z
      .array(text)
      .optional()
      .describe(
        'names that the header Host may have, without the port; if left out, on a loopback address without TLS only addresses, localhost and names without a dot',
      ),
    on_interruption: z
      .enum(['keep', 'close'])
      .default('keep')
      .describe('what is done with plain WebSockets when PostgreSQL is lost'),
    slow_client: z
      .enum(['close', 'drop'])
      .default('close')
      .describe('what is done with a client for which max_buffer bytes wait: it is closed, or misses messages'),
    history,
    limits,
    ping,
    auth,
    receive: receive
      .optional()
      .describe('the function that text frames of clients are given to; without it, they are ignored'),
    topics: z
      .boolean()
      .default(false)
      .describe('whether clients may listen to what crossbar.publish emits, as topic:…'),
    tables,
    log,
  }),
});

/** What a user may write. */
export type GatewayOptions = z.input<typeof gatewayConfiguration>;
/** The checked configuration. */
export type GatewayConfiguration = z.output<typeof gatewayConfiguration>;
/** `extra` of the checked configuration. */
export type GatewayExtra = GatewayConfiguration['extra'];

/** Checks a configuration; see `parseConfiguration`. */
export function parseGatewayConfiguration(options: GatewayOptions): GatewayConfiguration {
  return parseConfiguration(gatewayConfiguration, options);
}
