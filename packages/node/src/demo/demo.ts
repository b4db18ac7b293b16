import type { Connection } from '@pgwamp/core/internal/postgres';
import type { DemoPublisher } from './demo-publisher.ts';
import type { TemporaryPostgres } from './temporary-postgres.ts';

/** PostgreSQL, a node with router and components, and the page, all running. Disposing of it stops them. */
export interface Demo extends AsyncDisposable {
  readonly postgres: TemporaryPostgres;
  readonly publisher: DemoPublisher;
  /** The superuser's connection to the shop's database. */
  readonly shop: Connection;
  /** The URL of the page. */
  readonly url: string;
  /** The WebSocket URL of the router. */
  readonly routerUrl: string;
}
