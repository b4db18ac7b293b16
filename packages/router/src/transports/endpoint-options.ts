/** TLS of an endpoint. Each value is the path of a PEM file, or the PEM itself. */
export interface TlsOptions {
  readonly key: string;
  readonly certificate: string;
  /** Certificates between this one and the authority's. */
  readonly chain_certificates?: readonly string[] | undefined;
  /** Authorities; clients then have to show a certificate of one of them. */
  readonly ca_certificates?: readonly string[] | undefined;
  /** In the notation of OpenSSL. Default: Node.js's. */
  readonly ciphers?: string | undefined;
  /** Parameters for Diffie-Hellman. Default: elliptic curves alone. */
  readonly dhparam?: string | undefined;
}

/** A TCP port. */
export interface TcpEndpoint {
  readonly type: 'tcp';
  /** 0 for a free one, told in the result. */
  readonly port: number;
  /** Default `127.0.0.1`, or `::1` for version 6. */
  readonly interface?: string | undefined;
  readonly version?: 4 | 6 | undefined;
  readonly backlog?: number | undefined;
  readonly tls?: TlsOptions | undefined;
}

/** A Unix domain socket; one that nobody listens on any more is replaced. */
export interface UnixEndpoint {
  readonly type: 'unix';
  readonly path: string;
  readonly backlog?: number | undefined;
}

/** Where a transport listens. */
export type Endpoint = TcpEndpoint | UnixEndpoint;
