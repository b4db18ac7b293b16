import { database as databaseSchema } from '@pgwamp/config';
import type { Connection, TestDatabase } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { pino } from 'pino';
import { ReopenablePool } from '../../src/access/reopenable-pool.ts';
import { TableFeed } from '../../src/feeds/table-feed.ts';
import { TopicFeed } from '../../src/feeds/topic-feed.ts';
import { Log, type LogOptions } from '../../src/log/log.ts';
import type { RowRule } from '../../src/rows/row-rule.ts';
import { RowSecurity } from '../../src/rows/row-security.ts';
import { Recorder } from './recorder.ts';

/** The feeds of one gateway that reads the log. */
interface Feeds {
  readonly log: Log;
  readonly topics: TopicFeed;
  readonly tables: TableFeed;
  readonly told: Recorder;
}

/** A database, and feeds that read its log. */
export interface LogStage extends AsyncDisposable {
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  /** Roles that the gateway may take. */
  readonly roles: readonly string[];
  /** Feeds that are not reading yet. */
  create(tables?: Readonly<Record<string, RowRule>>, options?: Partial<LogOptions>): Feeds;
  /** Feeds that read. */
  open(tables?: Readonly<Record<string, RowRule>>, options?: Partial<LogOptions>): Promise<Feeds>;
}

export async function logStage(definitions = ''): Promise<LogStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const sql = stack.use(await database.connect());
  const roles = stack.use(await createRoles(sql, 2));
  await sql.query(`GRANT ${roles.names.join(', ')} TO crossbar; CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES`);
  await sql.query(
    `DO $$ BEGIN IF current_setting('server_version_num')::int >= 180000 THEN ALTER PUBLICATION pgwamp_gateway SET (publish_generated_columns = stored); END IF; END $$`,
  );
  await sql.query(`INSERT INTO crossbar._delivery (mode) VALUES ('wal')`);
  await sql.query(definitions.replaceAll('$role1', roles.names[0] ?? '').replaceAll('$role2', roles.names[1] ?? ''));
  const configuration = databaseSchema.parse(crossbarLogin(database));
  const pool = stack.adopt(new ReopenablePool(configuration, { size: 2, queue: 1000 }), (opened) => opened.close());
  const create: LogStage['create'] = (tables = {}, options = {}) => {
    const log = new Log({
      database: configuration,
      applicationName: 'gateway',
      log: pino({ level: 'silent' }),
      publication: 'pgwamp_gateway',
      limit: 1024 * 1024,
      ...options,
    });
    const told = new Recorder();
    const security = new RowSecurity(pool, 5000);
    const rules = new Map(Object.entries(tables));
    return {
      log,
      told,
      topics: new TopicFeed(log, told),
      tables: new TableFeed(log, told, { tables: rules, security }),
    };
  };
  const kept = stack.move();
  return {
    database,
    sql,
    roles: roles.names,
    create,
    async open(tables, options) {
      const feeds = create(tables, options);
      kept.use(await feeds.log.open(AbortSignal.timeout(30_000)));
      return feeds;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
