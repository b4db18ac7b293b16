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

/**
 * If a page can join without a secret, only pages of the endpoint's own origin may connect, unless the options allow
 * more.
 */
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
    // 0 means no limit in Crossbar.io. The router always has a limit and uses its default.
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

/** The resolved options of a WebSocket endpoint. */
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

/** The resolved options of a RawSocket endpoint. */
export function rawSocketOptions(options: RawSocketTransportOptions, router: RouterHandle): ResolvedRawSocketOptions {
  return { ...endpointOptions(options, router), handshakeTimeout: router.limits.handshakeTimeout };
}
