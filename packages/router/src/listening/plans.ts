import { serializersNamed } from '@pgwamp/protocol';
import type { PerMessageDeflateOptions } from 'ws';
import { AllowedOrigins } from '../transports/allowed-origins.ts';
import type { RawSocketPlan } from '../transports/rawsocket-endpoint.ts';
import type { WebSocketTimes } from '../transports/websocket.ts';
import type { EndpointPlan, WebSocketPlan } from '../transports/websocket-endpoint.ts';
import type { RouterDoor } from './door.ts';
import type {
  DeflateOptions,
  RawSocketTransportOptions,
  WebSocketOptions,
  WebSocketTransportOptions,
} from './transport-options.ts';

/** Where a page could join without a secret, only the pages of the endpoint itself may, unless the options say more. */
function originsFor({ auth, options = {} }: Wire): AllowedOrigins | undefined {
  const { allowed_origins, allow_null_origin } = options;
  const admitsAnybody = auth === undefined || auth.anonymous !== undefined;
  if (allowed_origins === undefined && !admitsAnybody) return undefined;
  return new AllowedOrigins(allowed_origins, allow_null_origin);
}

type Wire = Pick<WebSocketTransportOptions, 'serializers' | 'auth' | 'options'>;

function endpointPlan({ serializers, auth, options = {} }: Wire, door: RouterDoor): EndpointPlan {
  return {
    maxMessageSize: options.max_message_size ?? door.limits.maxMessageSize,
    times: door.limits,
    serializers: serializersNamed(serializers),
    hasRoom: () => door.hasRoom(),
    accept: door.admission(auth),
  };
}

function timesFrom(options: WebSocketOptions, { limits }: RouterDoor): WebSocketTimes {
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
export function webSocketPlan(wire: Wire, door: RouterDoor): WebSocketPlan {
  const { options = {} } = wire;
  const deflate = options.compression?.deflate;
  return {
    ...endpointPlan(wire, door),
    times: timesFrom(options, door),
    compression: deflate && deflateFrom(deflate),
    origins: originsFor(wire),
  };
}

/** What a RawSocket endpoint is made from. */
export function rawSocketPlan(options: RawSocketTransportOptions, door: RouterDoor): RawSocketPlan {
  return { ...endpointPlan(options, door), handshakeTimeout: door.limits.handshakeTimeout };
}
