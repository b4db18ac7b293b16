import type { ConnectionConfig } from './address.ts';
import type { Connection } from './connect.ts';
import type { StopMode } from './postmaster.ts';
import type { TestDatabase } from './test-database.ts';

/**
 * A real PostgreSQL server. `embedded` is a child process; `container` runs in Docker; `given` is the server in the
 * environment variable `TEST_DATABASE_URL`.
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
  /** The options of a superuser connection to a database; default: `postgres`. */
  config(database?: string): ConnectionConfig;
  /** A connection URI; default: the superuser and the database `postgres`. */
  url(database?: string, user?: string, password?: string): string;
  /** Opens a superuser connection to a database; default: `postgres`. */
  connect(database?: string): Promise<Connection>;
  /**
   * Creates a database, which `await using` drops: an empty one, or a copy of a template that `prepare` has prepared
   * once for this server. `prepare` must close its connections before it returns.
   */
  createDatabase(prepare?: (database: TestDatabase) => Promise<void>): Promise<TestDatabase>;

  /** The id of the server process. @throws Error if the server is not `embedded`; request one with `own: true` */
  readonly pid: number;
  /** Shuts the server down. @throws Error if the server is not `embedded`; request one with `own: true` */
  stop(mode?: StopMode): Promise<void>;
  /** Starts it again: same port, same data. @throws Error when the server is not `embedded` */
  start(): Promise<void>;
  /** The log of the server. @throws Error if the server is not `embedded` */
  log(): Promise<string>;
}
