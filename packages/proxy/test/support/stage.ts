import type { PostgresServer } from '@pgwamp/harness';
import { type PreparedDatabase, prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { started } from '@pgwamp/harness/fixtures/started';
import { type Logger, pino } from 'pino';
import { Proxy, type ProxyOptions } from '../../src/index.ts';
import { RecordingBroker } from './recording-sink.ts';

type Extra = ProxyOptions['extra'];

/** A database with tables that are published, and brokers in the test's own process. */
export interface Stage extends AsyncDisposable {
  readonly database: PreparedDatabase;
  readonly broker: RecordingBroker;
  /** Runs SQL as superuser. */
  run(sql: string): Promise<Record<string, unknown>[]>;
  /** The configuration of a Proxy, with a source "changes" and a sink "broker" if nothing else is said. */
  options(extra?: Partial<Extra>): ProxyOptions;
  /** A sink of the stage. */
  sink(broker?: RecordingBroker, more?: Partial<Extra['sinks'][string]>): Extra['sinks'][string];
  start(extra?: Partial<Extra>, log?: Logger): Promise<Proxy>;
}

const quick = { interval: 300, timeout: 700 };

export async function prepareStage(server?: PostgresServer): Promise<Stage> {
  const database = await prepareDatabase(server);
  const broker = new RecordingBroker();
  const run = async (sql: string) => {
    await using client = await database.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  };
  await run(
    `CREATE TABLE orders (id int PRIMARY KEY, item text, secret text); CREATE PUBLICATION pgwamp_proxy FOR TABLE orders`,
  );
  const stage: Stage = {
    database,
    broker,
    run,
    sink: (its = broker, more = {}) => ({ kind: 'custom', open: its.open, ...more }) as Extra['sinks'][string],
    options: (extra = {}) => ({
      extra: {
        database: { ...database.options, heartbeat: quick },
        sources: { changes: { kind: 'wal' } },
        sinks: { broker: stage.sink() },
        routes: [{ from: 'changes', to: 'broker', destination: '{schema}.{table}.{action}' }],
        ...extra,
      },
    }),
    start: (extra, log = pino({ level: process.env.TEST_LOG ?? 'silent' })) =>
      started(new Proxy(stage.options(extra), { log })),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
  return stage;
}
