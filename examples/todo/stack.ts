import { readFile } from 'node:fs/promises';
import type { Router } from '@pgwamp/router';
import pg from 'pg';
import { Callee, Publisher, Subscriber, setupSql } from 'pgwamp';
import { startTemporaryPostgres, type TemporaryPostgres } from 'pgwamp/demo';
import { pino } from 'pino';
import { createTodoRouter, listen, realm } from './router.ts';

/** PostgreSQL, router, the three components and the page, all running. */
export interface Stack extends AsyncDisposable {
  readonly postgres: TemporaryPostgres;
  /** The superuser's connection to the database. */
  readonly sql: pg.Client;
  readonly database: string;
  /** The URL of the page. */
  readonly url: string;
}

/** Starts everything; the page takes the given port, or another if that is taken. */
export async function startStack(port: number): Promise<Stack> {
  const resources = new AsyncDisposableStack();
  try {
    const postgres = resources.use(await startTemporaryPostgres());
    const database = 'todo';
    const server = await connect(postgres.url());
    await server.query(`CREATE DATABASE ${database}`);
    await server.end();
    const sql = resources.adopt(await connect(postgres.url(database)), (client) => client.end());
    await sql.query(await setupSql());
    const router = resources.adopt(createTodoRouter(), (open) => open.close());
    const [publisher, ...others] = components({ ...postgres, database }, router).map((component) =>
      resources.use(component),
    );
    // The component that starts first brings the functions that schema.sql uses. What it registers is live at its COMMIT.
    await publisher?.start();
    await sql.query(await readSql('schema.sql'));
    await sql.query(await readSql('data.sql'));
    await Promise.all(others.map((component) => component.start()));
    const { port: taken } = await listen(router, port);
    const close = resources.move();
    return {
      postgres,
      sql,
      database,
      url: `http://127.0.0.1:${taken}/`,
      [Symbol.asyncDispose]: () => close.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

/** The whole server side besides PostgreSQL and router, and none of it knows of to-do lists. */
function components({ host, port, database }: { host: string; port: number; database: string }, router: Router) {
  const configuration = {
    realm,
    role: 'trusted',
    transport: { type: 'memory', router },
    extra: { database: { host, port, database, user: 'crossbar', password: 'crossbar' } },
  } as const;
  const environment = { log: pino({ level: 'warn' }) };
  return [
    new Publisher(configuration, environment),
    new Callee(configuration, environment),
    new Subscriber(configuration, environment),
  ] as const;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

function readSql(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8');
}
