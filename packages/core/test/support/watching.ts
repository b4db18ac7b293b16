import { type Connection as Client, withDeadline } from '@pgwamp/harness';
import { type EndpointChanges, EndpointWatch, type Watched } from '../../src/functions/index.ts';
import { Connection } from '../../src/postgres/index.ts';
import { installedDatabase } from './database.ts';

/** A watch of a separate database, and the superuser that registers functions there. */
export interface Watching extends AsyncDisposable {
  readonly sql: Client;
  /** The connection that the watch uses. */
  readonly connection: Connection;
  readonly watch: EndpointWatch;
  /** The next changes. */
  next(): Promise<EndpointChanges>;
}

/** Watches one kind of endpoint; `prepare` is SQL that runs before. */
export async function watching(prepare: string, watched: Partial<Watched> = {}): Promise<Watching> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await installedDatabase());
  const sql = stack.use(await database.connect());
  await sql.query(prepare);
  const connection = stack.use(await Connection.open(database.crossbar, 'watch'));
  const watch = await EndpointWatch.open(connection, {
    kind: 'registration',
    login: 'crossbar',
    roles: [],
    ...watched,
  });
  const stop = new AbortController();
  const changes = watch.changes(stop.signal);
  const kept = stack.move();
  return {
    sql,
    connection,
    watch,
    async next() {
      const { value } = await withDeadline(changes.next(), 10_000, 'changes');
      if (!value) throw new Error('the watch has ended');
      return value;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await kept.disposeAsync();
    },
  };
}
