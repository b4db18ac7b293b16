import type { WebSocketOptions, WebSocketService } from '../listening/transport-options.ts';
import type { Endpoint } from '../transports/endpoint-options.ts';

/** Serves the files of a directory. */
export interface StaticService {
  readonly type: 'static';
  readonly directory: string;
}

/**
 * An information service: `nodeinfo` names the server software, `health` is a health check, `metrics` serves metrics.
 */
export interface InfoService {
  readonly type: 'nodeinfo' | 'health' | 'metrics';
}

/** The access rules of an HTTP bridge. */
export interface BridgeOptions {
  /** The public name of {@link secret}; set both or neither. */
  readonly key?: string | undefined;
  /** The signing key. If set, every request must be signed with it. */
  readonly secret?: string | undefined;
  /** The allowed difference of a request's timestamp, in seconds; 0 allows any. Default 300. */
  readonly timestamp_delta_limit?: number | undefined;
  /** The size limit of a body, in bytes. Default: `limits.maxMessageSize`. */
  readonly post_body_limit?: number | undefined;
  /** The addresses and networks that may send requests, such as `10.0.0.0/8`. Default: any. */
  readonly require_ip?: readonly string[] | undefined;
  /** The origins of web pages that may send requests. Default: without `key`, the origin of the bridge itself. */
  readonly allowed_origins?: readonly string[] | undefined;
  /** Whether requests require TLS. Default false. */
  readonly require_tls?: boolean | undefined;
}

/** An HTTP bridge: publishes, or calls, as the body of the request says. */
export interface BridgeService {
  readonly type: 'publisher' | 'caller';
  readonly realm: string;
  /** The role of the requests. */
  readonly role: string;
  readonly options?: BridgeOptions | undefined;
}

/** A service at a path. */
export type WebService = WebSocketService | StaticService | InfoService | BridgeService;

/** One port for all HTTP services. `/health` and `/metrics` exist unless the paths replace them. */
export interface WebTransportOptions {
  readonly type: 'web';
  readonly endpoint: Endpoint;
  /**
   * The services by path, without the leading slash: `ws`, `api/publish`. The path `/` serves everything that no other
   * path matches.
   */
  readonly paths: Readonly<Record<string, WebService>>;
  /**
   * The allowed names in the header `Host` of requests, without the port; `*` matches any characters. Default: on a
   * loopback address without TLS, addresses, `localhost` and names without a dot; elsewhere any name. For WebSockets,
   * {@link WebSocketOptions.allowed_origins} applies.
   */
  readonly allowed_hosts?: readonly string[] | undefined;
}
