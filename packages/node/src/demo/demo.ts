import type { Connection } from '@pgwamp/core/internal/postgres';
import type { Router } from '@pgwamp/router';
import type { PublisherProcess } from './publisher-process.ts';
import type { TemporaryPostgres } from './temporary-postgres.ts';

/** PostgreSQL, router, components and the page, all running; its disposal ends them. */
export interface Demo extends AsyncDisposable {
  readonly postgres: TemporaryPostgres;
  readonly router: Router;
  readonly publisher: PublisherProcess;
  /** The superuser's connection to the shop's database. */
  readonly shop: Connection;
  /** Where the page is. */
  readonly url: string;
  /** Where the router takes WebSockets. */
  readonly routerUrl: string;
}
