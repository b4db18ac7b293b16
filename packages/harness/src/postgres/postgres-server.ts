import type { ConnectionConfig } from './address.ts';
import type { Connection } from './connect.ts';
import type { StopMode } from './postmaster.ts';
import type { TestDatabase } from './test-database.ts';

/**
 * A real PostgreSQL server. `embedded` is our own process; `container` runs in Docker; `given` is what the
 * environment variable `TEST_DATABASE_URL` names.
 */
export interface PostgresServer extends AsyncDisposable {
  readonly kind: 'embedded' | 'container' | 'given';
  readonly host: string;
  readonly port: number;
  /** The name of the superuser. */
  readonly superuser: string;
  /** The superuser's password. */
  readonly password: string;
  /** The major version, such as 18. */
  readonly version: number;
  /** The superuser's connection to a database; `postgres` if absent. */
  config(database?: string): ConnectionConfig;
  /** A connection as a URI, as the superuser to `postgres` unless something else is said. */
  url(database?: string, user?: string, password?: string): string;
  /** Opens the superuser's connection to a database; `postgres` if absent. */
  connect(database?: string): Promise<Connection>;
  /**
   * Creates a database, which `await using` drops: an empty one, or a copy of one that `prepare` has made ready, once for this server.
   * It must have closed its connections when it returns.
   */
  createDatabase(prepare?: (database: TestDatabase) => Promise<void>): Promise<TestDatabase>;

  /** The id of the server process. @throws Error when the server is not `embedded`; ask for one with `own: true` */
  readonly pid: number;
  /** Shuts the server down. @throws Error when the server is not `embedded`; ask for one with `own: true` */
  stop(mode?: StopMode): Promise<void>;
  /** Starts it again: same port, same data. @throws Error when the server is not `embedded` */
  start(): Promise<void>;
  /** What the server has logged. @throws Error when the server is not `embedded` */
  log(): Promise<string>;
}
