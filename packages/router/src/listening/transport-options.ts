import type { SerializerName } from '@pgwamp/protocol';
import type { AuthOptions } from '../authentication/index.ts';
import type { Endpoint } from '../transports/endpoint-options.ts';

/**
 * The options of permessage-deflate.
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

/** Limits of one WebSocket endpoint; the router's limits are the defaults. Times are in milliseconds. */
export interface WebSocketOptions {
  /** In bytes; with compression, the decompressed size. */
  readonly max_message_size?: number | undefined;
  /** Time for the request headers; 0 for the router's limit. */
  readonly open_handshake_timeout?: number | undefined;
  /** Time for the answer to a close; 0 for the router's limit. */
  readonly close_handshake_timeout?: number | undefined;
  /** Silence before a ping; 0 disables pings. */
  readonly auto_ping_interval?: number | undefined;
  /** Time for the answer to a ping; 0 for the router's limit. */
  readonly auto_ping_timeout?: number | undefined;
  /**
   * The origins of web pages that may connect, such as `https://app.example.com`; `*` matches any characters. Clients
   * other than browsers send no origin and may always connect. Default: the origin of the endpoint itself if clients
   * can join without a secret; otherwise any origin.
   */
  readonly allowed_origins?: readonly string[] | undefined;
  /** Whether pages without an origin, such as local files, may connect if origins are checked. Default false. */
  readonly allow_null_origin?: boolean | undefined;
  /** Compression of messages. Each receiver's messages are compressed separately. Default: none. */
  readonly compression?: { readonly deflate: DeflateOptions } | undefined;
}

/** A WebSocket endpoint, as a service of a web transport or on its own. */
export interface WebSocketService {
  readonly type: 'websocket';
  /** The URL that clients connect to, if it differs from the address; the result contains its path. */
  readonly url?: string | undefined;
  /** Default: all. */
  readonly serializers?: readonly SerializerName[] | undefined;
  /** Authentication of the clients. Default: every client is accepted as `anonymous`. */
  readonly auth?: AuthOptions | undefined;
  readonly options?: WebSocketOptions | undefined;
}

/** A port for WebSocket only, on any path. */
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
  /** Authentication of the clients. Default: every client is accepted as `anonymous`. */
  readonly auth?: AuthOptions | undefined;
  /** `max_message_size` in bytes, at most 16 MiB. */
  readonly options?: { readonly max_message_size?: number | undefined } | undefined;
}
