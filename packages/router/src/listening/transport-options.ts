import type { SerializerName } from '@pgwamp/protocol';
import type { AuthOptions } from '../authentication/index.ts';
import type { Endpoint } from '../transports/endpoint-options.ts';

/**
 * How permessage-deflate may be used.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7692.html
 */
export interface DeflateOptions {
  readonly request_no_context_takeover?: boolean | undefined;
  readonly request_max_window_bits?: number | undefined;
  readonly no_context_takeover?: boolean | undefined;
  readonly max_window_bits?: number | undefined;
  readonly memory_level?: number | undefined;
}

/** Bounds of one WebSocket endpoint; what is not given comes from the router's limits. Times in milliseconds. */
export interface WebSocketOptions {
  /** In bytes; with compression, of what comes out. */
  readonly max_message_size?: number | undefined;
  /** For the request headers; 0 for the router's own. */
  readonly open_handshake_timeout?: number | undefined;
  /** For the answer to a close; 0 for the router's own. */
  readonly close_handshake_timeout?: number | undefined;
  /** Silence before a ping; 0 for never. */
  readonly auto_ping_interval?: number | undefined;
  /** For the answer to a ping; 0 for the router's own. */
  readonly auto_ping_timeout?: number | undefined;
  /**
   * The origins of web pages that may connect, such as `https://app.example.com`; `*` stands for any characters. Clients
   * that are no browser send no origin and may always connect. Default: where everybody may join without a secret, the
   * origin of the endpoint itself; otherwise any.
   */
  readonly allowed_origins?: readonly string[] | undefined;
  /** Whether pages without an origin of their own, such as files, may connect where origins are checked. Default false. */
  readonly allow_null_origin?: boolean | undefined;
  /** Default: none. Messages are then compressed for each receiver on its own. */
  readonly compression?: { readonly deflate: DeflateOptions } | undefined;
}

/** A WebSocket endpoint, as a service of a web transport or on its own. */
export interface WebSocketService {
  readonly type: 'websocket';
  /** What clients connect to, if it is not the address itself: its path is told in the result. */
  readonly url?: string | undefined;
  /** Default: all. */
  readonly serializers?: readonly SerializerName[] | undefined;
  /** How clients are authenticated. Default: everybody is let in as `anonymous`. */
  readonly auth?: AuthOptions | undefined;
  readonly options?: WebSocketOptions | undefined;
}

/** A port for WebSocket alone, whatever the path. */
export interface WebSocketTransportOptions extends WebSocketService {
  readonly endpoint: Endpoint;
}

/**
 * A port for RawSocket.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-rawsocket-transport
 */
export interface RawSocketTransportOptions {
  readonly type: 'rawsocket';
  readonly endpoint: Endpoint;
  /** Default: all. */
  readonly serializers?: readonly SerializerName[] | undefined;
  /** How clients are authenticated. Default: everybody is let in as `anonymous`. */
  readonly auth?: AuthOptions | undefined;
  /** `max_message_size` in bytes, at most 16 MiB. */
  readonly options?: { readonly max_message_size?: number | undefined } | undefined;
}
