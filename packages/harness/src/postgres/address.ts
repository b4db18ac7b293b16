/** The address of a PostgreSQL server, and its superuser. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  /** The name of the superuser. */
  readonly superuser: string;
  /** The superuser's password. */
  readonly password: string;
}

/** The connection options of `new pg.Client()` and of `extra.database` of a component. */
export interface ConnectionConfig {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** The options of a superuser connection to a database. */
export function superuserConfig(address: PostgresAddress, database = 'postgres'): ConnectionConfig {
  const { host, port, superuser, password } = address;
  return { host, port, database, user: superuser, password };
}

/** A connection as a URI, `postgres://user:password@host:port/database`. */
export function connectionUrl(config: ConnectionConfig): string {
  const [user, password, database] = [config.user, config.password, config.database].map(encodeURIComponent);
  return `postgres://${user}:${password}@${config.host}:${config.port}/${database}`;
}

/** Parses a URI written by {@link connectionUrl}. */
export function addressOfUrl(text: string): PostgresAddress {
  const { hostname, port, username, password } = new URL(text);
  const [superuser, secret] = [username || 'postgres', password].map(decodeURIComponent) as [string, string];
  return { host: hostname, port: Number(port || 5432), superuser, password: secret };
}
