import type { WebSocketOptions, WebSocketService } from '../listening/transport-options.ts';
import type { Endpoint } from '../transports/endpoint-options.ts';

/** Serves the files of a directory. */
export interface StaticService {
  readonly type: 'static';
  readonly directory: string;
}

/** What is told of the router: that it is there (`nodeinfo`), that it works (`health`), what it does (`metrics`). */
export interface InfoService {
  readonly type: 'nodeinfo' | 'health' | 'metrics';
}

/** Who may use an HTTP bridge, and how. */
export interface BridgeOptions {
  /** The public name of {@link secret}; both or neither. */
  readonly key?: string | undefined;
  /** Requests must then be signed with it. */
  readonly secret?: string | undefined;
  /** How far the timestamp of a request may be off, in seconds; 0 for any. Default 300. */
  readonly timestamp_delta_limit?: number | undefined;
  /** Longest body, in bytes. Default: `limits.maxMessageSize`. */
  readonly post_body_limit?: number | undefined;
  /** Addresses and networks, as `10.0.0.0/8`, that requests may come from. Default: any. */
  readonly require_ip?: readonly string[] | undefined;
  /** The origins of web pages that may send requests. Default: without `key`, the origin of the bridge itself. */
  readonly allowed_origins?: readonly string[] | undefined;
  /** Whether requests have to come by TLS. Default false. */
  readonly require_tls?: boolean | undefined;
}

/** Publishes, or calls, what is asked for in the body of an HTTP request. */
export interface BridgeService {
  readonly type: 'publisher' | 'caller';
  readonly realm: string;
  /** The role that the requests have. */
  readonly role: string;
  readonly options?: BridgeOptions | undefined;
}

/** What can be found at a path. */
export type WebService = WebSocketService | StaticService | InfoService | BridgeService;

/**
 * One port for everything that comes by HTTP. `/health` and `/metrics` are there unless the paths say something else.
 */
export interface WebTransportOptions {
  readonly type: 'web';
  readonly endpoint: Endpoint;
  /** Services by path, without the slash in front: `ws`, `api/publish`; `/` for whatever is not found elsewhere. */
  readonly paths: Readonly<Record<string, WebService>>;
  /**
   * Names that the header `Host` of requests may have, without the port; `*` stands for any characters. Default: on a
   * loopback address without TLS, addresses, `localhost` and names without a dot, and elsewhere any. WebSockets have
   * {@link WebSocketOptions.allowed_origins}.
   */
  readonly allowed_hosts?: readonly string[] | undefined;
}
