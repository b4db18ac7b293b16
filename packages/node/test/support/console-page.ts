import { type Connection, sharedBrowser, type TestDatabase } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import type { Page } from 'playwright-core';
import { type NodeWithConsole, startWithConsole } from './console.ts';

/** The console of a node in a real browser. */
export interface ConsolePage extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly node: NodeWithConsole;
  readonly page: Page;
  /** The errors that the page has reported. */
  readonly problems: string[];
  /** A connection of a superuser. */
  readonly sql: Connection;
}

/** A page of a node with all components, its console open in a real browser, and a connection of a superuser. */
export async function openConsole(
  options: object = {},
  names: readonly string[] = ['Publisher', 'Subscriber', 'Callee'],
): Promise<ConsolePage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const classes = names.map((name) => `pgwamp.${name}`);
  const node = stack.use(await startWithConsole(database, { topics: ['com.example.*'], ...options }, classes));
  const browser = stack.use(await sharedBrowser());
  const page = await browser.page();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  const sql = stack.use(await database.connect());
  const kept = stack.move();
  return { database, node, page, problems, sql, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Opens a view. */
export async function show(page: Page, node: NodeWithConsole, view: string): Promise<void> {
  await page.goto(`${node.url}#${view}`);
  await page.getByTestId(`view-${view}`).waitFor();
}

/** Agrees to the question of the page. */
export async function agree(page: Page): Promise<void> {
  await page.locator('#question-yes').click();
}

/** The text of an element, once it has what is looked for. */
export async function reads(page: Page, testId: string, text: string | RegExp): Promise<void> {
  await page.getByTestId(testId).filter({ hasText: text }).first().waitFor();
}

/** The router has the subscriptions of the page: before that, an event reaches nobody. */
export async function subscribed(page: Page): Promise<void> {
  await page.locator('[data-testid="topic"][data-state="subscribed"]').first().waitFor();
}

/** Ends the sessions of role crossbar in a database, and lets no new one in. */
export async function refuseConnections({ name }: TestDatabase, sql: Connection): Promise<void> {
  await sql.query(`ALTER DATABASE ${name} CONNECTION LIMIT 0`);
  await sql.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crossbar' AND datname = '${name}'`,
  );
}
