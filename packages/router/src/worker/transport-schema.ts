import { bytes, integer, listeningEndpoint, milliseconds } from '@pgwamp/config';
import * as z from 'zod';
import { AUTH_SCHEMA } from '../authentication/auth-options.ts';

const text = z.string().min(1);
const flag = z.boolean().optional();
const timeout = milliseconds().optional();

const serializersSchema = z.array(z.enum(['json', 'msgpack', 'cbor'])).min(1);

const messageSize = bytes({ min: 1 }).optional();

const rawSocketOptionsSchema = z.strictObject({ max_message_size: messageSize });

/** What Crossbar.io can be told about WebSocket and the router does anyway, or has no need of. */
const withoutEffect = {
  enable_hybi10: flag,
  enable_rfc6455: z.literal(true).optional(),
  enable_webstatus: flag,
  validate_utf8: z.literal(true).optional(),
  mask_server_frames: flag,
  require_masked_client_frames: z.literal(true).optional(),
  apply_mask: z.literal(true).optional(),
  auto_fragment_size: integer().optional(),
  auto_ping_size: integer({ min: 12, max: 125 }).optional(),
  auto_ping_restart_on_any_traffic: flag,
  fail_by_drop: flag,
  echo_close_codereason: flag,
  tcp_nodelay: flag,
  require_websocket_subprotocol: z.literal(true).optional(),
  show_server_version: flag,
};

/** Origins of web pages, in which `*` stands for any characters. */
const originsSchema = z
  .array(z.string().regex(/^(\*|[a-z][a-z0-9+.*-]*:\/\/[^/\s]+)$/i, 'an origin, such as https://app.example.com'))
  .min(1);

const windowBits = integer({ min: 9, max: 15 }).optional();

/** @see https://crossbar.io/docs/WebSocket-Compression/ */
const deflate = z.strictObject({
  request_no_context_takeover: flag,
  request_max_window_bits: windowBits,
  no_context_takeover: flag,
  max_window_bits: windowBits,
  memory_level: integer({ min: 1, max: 9 }).optional(),
});

/**
 * Options of a WebSocket transport.
 *
 * @see https://crossbar.io/docs/WebSocket-Options/
 */
const webSocketOptionsSchema = z.strictObject({
  ...withoutEffect,
  max_message_size: messageSize,
  open_handshake_timeout: timeout,
  close_handshake_timeout: timeout,
  auto_ping_interval: timeout,
  auto_ping_timeout: timeout,
  allowed_origins: originsSchema.optional(),
  allow_null_origin: flag,
  compression: z.strictObject({ deflate }).optional(),
});

const bridge = {
  id: text.optional(),
  realm: text,
  role: text,
  options: z
    .strictObject({
      key: text.optional(),
      secret: text.optional(),
      post_body_limit: bytes({ min: 1 }).optional(),
      timestamp_delta_limit: integer().optional(),
      require_ip: z.array(text).min(1).optional(),
      require_tls: z.boolean().optional(),
      allowed_origins: originsSchema.optional(),
      debug: z.boolean().optional(),
    })
    .optional(),
};

const webSocketService = z.strictObject({
  id: text.optional(),
  type: z.literal('websocket'),
  url: text.optional(),
  serializers: serializersSchema.optional(),
  auth: AUTH_SCHEMA.optional(),
  options: webSocketOptionsSchema.optional(),
  debug: z.boolean().optional(),
});

const staticFiles = z.strictObject({
  id: text.optional(),
  type: z.literal('static'),
  directory: text,
});

const info = z.strictObject({
  id: text.optional(),
  type: z.enum(['nodeinfo', 'health', 'metrics']),
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

const auth = AUTH_SCHEMA.optional();

const common = { id: text.optional(), endpoint: listeningEndpoint, debug: z.boolean().optional() };

const webSocket = z.strictObject({
  ...common,
  type: z.literal('websocket'),
  url: text.optional(),
  serializers: serializersSchema.optional(),
  auth,
  options: webSocketOptionsSchema.optional(),
});

const rawSocket = z.strictObject({
  ...common,
  type: z.literal('rawsocket'),
  serializers: serializersSchema.optional(),
  auth,
  options: rawSocketOptionsSchema.optional(),
});

const web = z.strictObject({
  ...common,
  type: z.literal('web'),
  paths: servicesSchema,
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
