/** Where a PostgreSQL server is, and who may do everything there. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  /** The name of the superuser. */
  readonly superuser: string;
  /** The superuser's password. */
  readonly password: string;
}

/** What `new pg.Client()` and the `extra.database` of a component take. */
export interface ConnectionConfig {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** The superuser's connection to a database. */
export function superuserConfig(address: PostgresAddress, database = 'postgres'): ConnectionConfig {
  const { host, port, superuser, password } = address;
  return { host, port, database, user: superuser, password };
}

/** A connection as a URI, `postgres://user:password@host:port/database`. */
export function connectionUrl(config: ConnectionConfig): string {
  const [user, password, database] = [config.user, config.password, config.database].map(encodeURIComponent);
  return `postgres://${user}:${password}@${config.host}:${config.port}/${database}`;
}

/** Reads a URI as {@link connectionUrl} writes it. */
export function addressOfUrl(text: string): PostgresAddress {
  const { hostname, port, username, password } = new URL(text);
  const [superuser, secret] = [username || 'postgres', password].map(decodeURIComponent) as [string, string];
  return { host: hostname, port: Number(port || 5432), superuser, password: secret };
}
