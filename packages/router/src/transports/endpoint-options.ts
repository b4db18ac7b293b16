/** The TLS options of an endpoint. Each value is the path of a PEM file, or the PEM itself. */
export interface TlsOptions {
  readonly key: string;
  readonly certificate: string;
  /** Intermediate certificates between this certificate and that of the authority. */
  readonly chain_certificates?: readonly string[] | undefined;
  /** Certificate authorities. If set, each client must present a certificate of one of them. */
  readonly ca_certificates?: readonly string[] | undefined;
  /** Ciphers in OpenSSL notation. Default: those of Node.js. */
  readonly ciphers?: string | undefined;
  /** Diffie-Hellman parameters. Default: only elliptic curves are used. */
  readonly dhparam?: string | undefined;
}

/** A TCP port. */
export interface TcpEndpoint {
  readonly type: 'tcp';
  /** The port; 0 selects a free one, reported in the result. */
  readonly port: number;
  /** Default `127.0.0.1`, or `::1` for version 6. */
  readonly interface?: string | undefined;
  readonly version?: 4 | 6 | undefined;
  readonly backlog?: number | undefined;
  readonly tls?: TlsOptions | undefined;
}

/** A Unix domain socket. A stale socket file is replaced. */
export interface UnixEndpoint {
  readonly type: 'unix';
  readonly path: string;
  readonly backlog?: number | undefined;
}

/** The address that a transport listens on. */
export type Endpoint = TcpEndpoint | UnixEndpoint;
