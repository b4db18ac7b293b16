import { bytes, integer, milliseconds } from '@pgwamp/config';
import * as z from 'zod';

const flag = z.boolean().optional();
const timeout = milliseconds().optional();

export const serializersSchema = z.array(z.enum(['json', 'msgpack', 'cbor'])).min(1);

const messageSize = bytes({ min: 1 }).optional();

export const rawSocketOptionsSchema = z.strictObject({ max_message_size: messageSize });

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
export const originsSchema = z
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
export const webSocketOptionsSchema = z.strictObject({
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
