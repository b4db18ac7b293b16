import { serializersNamed } from '@pgwamp/protocol';
import type { PerMessageDeflateOptions } from 'ws';
import { AllowedOrigins } from '../transports/allowed-origins.ts';
import type { ResolvedRawSocketOptions } from '../transports/rawsocket-endpoint.ts';
import type { WebSocketTimes } from '../transports/websocket.ts';
import type { ResolvedEndpointOptions, ResolvedWebSocketOptions } from '../transports/websocket-endpoint.ts';
import type { RouterHandle } from './router-handle.ts';
import type {
  DeflateOptions,
  RawSocketTransportOptions,
  WebSocketOptions,
  WebSocketTransportOptions,
} from './transport-options.ts';

/** Where a page could join without a secret, only the pages of the endpoint itself may, unless the options say more. */
function originsFor({ auth, options = {} }: TransportOptions): AllowedOrigins | undefined {
  const { allowed_origins, allow_null_origin } = options;
  const admitsAnybody = auth === undefined || auth.anonymous !== undefined;
  if (allowed_origins === undefined && !admitsAnybody) return undefined;
  return new AllowedOrigins(allowed_origins, allow_null_origin);
}

type TransportOptions = Pick<WebSocketTransportOptions, 'serializers' | 'auth' | 'options'>;

function endpointOptions(
  { serializers, auth, options = {} }: TransportOptions,
  router: RouterHandle,
): ResolvedEndpointOptions {
  return {
    maxMessageSize: options.max_message_size ?? router.limits.maxMessageSize,
    times: router.limits,
    serializers: serializersNamed(serializers),
    hasRoom: () => router.hasRoom(),
    accept: router.admission(auth),
  };
}

function timesFrom(options: WebSocketOptions, { limits }: RouterHandle): WebSocketTimes {
  return {
    // 0 is Crossbar.io's word for no bound, which the router does not do without.
    closeTimeout: options.close_handshake_timeout || limits.closeTimeout,
    pingInterval: options.auto_ping_interval ?? limits.pingInterval,
    pingTimeout: options.auto_ping_timeout || limits.pingTimeout,
  };
}

function deflateFrom(options: DeflateOptions): PerMessageDeflateOptions {
  const { no_context_takeover, max_window_bits, request_no_context_takeover, request_max_window_bits } = options;
  return {
    ...(no_context_takeover !== undefined && { serverNoContextTakeover: no_context_takeover }),
    ...(max_window_bits !== undefined && { serverMaxWindowBits: max_window_bits }),
    ...(request_no_context_takeover !== undefined && { clientNoContextTakeover: request_no_context_takeover }),
    ...(request_max_window_bits !== undefined && { clientMaxWindowBits: request_max_window_bits }),
    ...(options.memory_level !== undefined && { zlibDeflateOptions: { memLevel: options.memory_level } }),
  };
}

/** What a WebSocket endpoint is made from. */
export function webSocketOptions(transport: TransportOptions, router: RouterHandle): ResolvedWebSocketOptions {
  const { options = {} } = transport;
  const deflate = options.compression?.deflate;
  return {
    ...endpointOptions(transport, router),
    times: timesFrom(options, router),
    compression: deflate && deflateFrom(deflate),
    origins: originsFor(transport),
  };
}

/** What a RawSocket endpoint is made from. */
export function rawSocketOptions(options: RawSocketTransportOptions, router: RouterHandle): ResolvedRawSocketOptions {
  return { ...endpointOptions(options, router), handshakeTimeout: router.limits.handshakeTimeout };
}
