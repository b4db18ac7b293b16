import { bytes, integer, listeningEndpoint, milliseconds } from '@pgwamp/config';
import * as z from 'zod';
import { AUTH_SCHEMA } from '../authentication/auth-options.ts';

const text = z.string().min(1);
const flag = z.boolean().optional();
const timeout = milliseconds().optional();

const serializersSchema = z
  .array(z.enum(['json', 'msgpack', 'cbor']))
  .min(1)
  .describe('serializers that clients may choose; default: all');

const without = 'accepted for Crossbar.io; it has no effect';
const unused = flag.describe(without);
const id = text.optional().describe(without);
const debug = unused;
const url = text.optional().describe(without);

const messageSize = bytes({ min: 1 }).optional().describe('limit on the bytes of a message of a client');

const rawSocketOptionsSchema = z.strictObject({ max_message_size: messageSize });

/** WebSocket options of Crossbar.io that the router always fulfills or does not need. */
const withoutEffect = {
  enable_hybi10: unused,
  enable_rfc6455: z.literal(true).optional().describe(without),
  enable_webstatus: unused,
  validate_utf8: z.literal(true).optional().describe(without),
  mask_server_frames: unused,
  require_masked_client_frames: z.literal(true).optional().describe(without),
  apply_mask: z.literal(true).optional().describe(without),
  auto_fragment_size: integer().optional().describe(without),
  auto_ping_size: integer({ min: 12, max: 125 }).optional().describe(without),
  auto_ping_restart_on_any_traffic: unused,
  fail_by_drop: unused,
  echo_close_codereason: unused,
  tcp_nodelay: unused,
  require_websocket_subprotocol: z.literal(true).optional().describe(without),
  show_server_version: unused,
};

/** Origins of web pages, in which `*` matches any characters. */
const originsSchema = z
  .array(z.string().regex(/^(\*|[a-z][a-z0-9+.*-]*:\/\/[^/\s]+)$/i, 'an origin, such as https://app.example.com'))
  .min(1);

const windowBits = (whose: string) => integer({ min: 9, max: 15 }).optional().describe(`window of ${whose} in bits`);

/** @see https://crossbar.io/docs/WebSocket-Compression/ */
const deflate = z.strictObject({
  request_no_context_takeover: flag.describe('ask clients to compress each message by itself'),
  request_max_window_bits: windowBits('clients'),
  no_context_takeover: flag.describe('compress each message by itself'),
  max_window_bits: windowBits('the router'),
  memory_level: integer({ min: 1, max: 9 }).optional().describe('memory of zlib, from 1 to 9'),
});

/**
 * Options of a WebSocket transport.
 *
 * @see https://crossbar.io/docs/WebSocket-Options/
 */
const webSocketOptionsSchema = z.strictObject({
  ...withoutEffect,
  max_message_size: messageSize,
  open_handshake_timeout: timeout.describe('milliseconds that a client has for the handshake'),
  close_handshake_timeout: timeout.describe('milliseconds to wait for the answer to a close'),
  auto_ping_interval: timeout.describe('milliseconds between two pings; 0 for none'),
  auto_ping_timeout: timeout.describe('milliseconds to wait for a pong before the client counts as lost'),
  allowed_origins: originsSchema.optional().describe('origins of web pages that may connect; * matches any characters'),
  allow_null_origin: flag.describe('whether pages without an origin may connect, for example files'),
  compression: z
    .strictObject({ deflate: deflate.describe('permessage-deflate') })
    .optional()
    .describe('compression that clients may ask for'),
});

const bridge = {
  id,
  realm: text.describe('realm of its calls or publications'),
  role: text.describe('role of these calls or publications'),
  options: z
    .strictObject({
      key: text.optional().describe('name of the key by which requests are signed'),
      secret: text.optional().describe('the key by which requests are signed'),
      post_body_limit: bytes({ min: 1 }).optional().describe('limit on the bytes of a request'),
      timestamp_delta_limit: integer()
        .optional()
        .describe('allowed difference of the timestamp of a signed request, in seconds'),
      require_ip: z.array(text).min(1).optional().describe('addresses and networks that may send requests'),
      require_tls: z.boolean().optional().describe('whether requests without TLS are refused'),
      allowed_origins: originsSchema
        .optional()
        .describe('origins of web pages that may send requests; * matches any characters'),
      debug,
    })
    .optional()
    .describe('options of the bridge'),
};

const auth = AUTH_SCHEMA.optional().describe('authentication of clients; default: all clients are anonymous');

const webSocketService = z.strictObject({
  id,
  type: z.literal('websocket'),
  url,
  serializers: serializersSchema.optional(),
  auth,
  options: webSocketOptionsSchema.optional().describe('options of WebSocket'),
  debug,
});

const staticFiles = z.strictObject({
  id,
  type: z.literal('static'),
  directory: text.describe('folder with the files, relative to that of the configuration'),
});

const info = z.strictObject({
  id,
  type: z.enum(['nodeinfo', 'health', 'metrics']).describe('kind of the information'),
});

const service = z.discriminatedUnion(
  'type',
  [
    webSocketService,
    staticFiles,
    info,
    z.strictObject({ type: z.literal('publisher'), ...bridge }),
    z.strictObject({ type: z.literal('caller'), ...bridge }),
  ],
  { error: 'a service of type websocket, static, publisher, caller, nodeinfo, health or metrics' },
);

/**
 * The services of a web transport, by path.
 *
 * @see https://crossbar.io/docs/Web-Services/
 */
const servicesSchema = z.record(text, service);

export type ConfiguredService = z.output<typeof service>;

const common = { id, endpoint: listeningEndpoint.describe('where it listens'), debug };

const webSocket = z.strictObject({
  ...common,
  type: z.literal('websocket'),
  url,
  serializers: serializersSchema.optional(),
  auth,
  options: webSocketOptionsSchema.optional().describe('options of WebSocket'),
});

const rawSocket = z.strictObject({
  ...common,
  type: z.literal('rawsocket'),
  serializers: serializersSchema.optional(),
  auth,
  options: rawSocketOptionsSchema.optional().describe('options of RawSocket'),
});

const web = z.strictObject({
  ...common,
  type: z.literal('web'),
  paths: servicesSchema.describe('services by path; "/" is the root'),
  allowed_hosts: z.array(text).min(1).optional().describe('names that the header Host may have, without the port'),
});

/**
 * A listening transport of a router worker.
 *
 * @see https://crossbar.io/docs/Router-Transports/
 */
export const transportSchema = z.discriminatedUnion('type', [webSocket, rawSocket, web], {
  error: 'a transport of type websocket, rawsocket or web',
});

export type ConfiguredTransport = z.output<typeof transportSchema>;
