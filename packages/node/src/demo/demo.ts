import type { Connection } from '@pgwamp/core/internal/postgres';
import type { DemoPublisher } from './demo-publisher.ts';
import type { TemporaryPostgres } from './temporary-postgres.ts';

/** PostgreSQL, a node with router and components, and the page, all running; its disposal ends them. */
export interface Demo extends AsyncDisposable {
  readonly postgres: TemporaryPostgres;
  readonly publisher: DemoPublisher;
  /** The superuser's connection to the shop's database. */
  readonly shop: Connection;
  /** Where the page is. */
  readonly url: string;
  /** Where the router takes WebSockets. */
  readonly routerUrl: string;
}
