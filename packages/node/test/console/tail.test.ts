import { sharedBrowser, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { startWithConsole } from '../support/console.ts';

/** The events view of a node, in a real browser, with a table whose changes are published. */
async function openStage(options: object = {}) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const node = stack.use(await startWithConsole(database, options));
  const sql = stack.use(await database.connect());
  await sql.query(`CREATE TABLE parcel (id int PRIMARY KEY, state text, weight numeric);
    CREATE PUBLICATION parcels FOR TABLE parcel`);
  const page = await stack.use(await sharedBrowser()).page();
  const kept = stack.move();
  return { database, node, sql, page, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function watch(page: Page, source: string): Promise<void> {
  await page.getByTestId('topic-input').fill(source);
  await page.keyboard.press('Enter');
}

async function shows(page: Page, testId: string, text: string | RegExp): Promise<void> {
  await page.getByTestId(testId).filter({ hasText: text }).first().waitFor();
}

/** The source is watched: before that, an event reaches nobody. */
async function watched(page: Page, source: string): Promise<void> {
  await page.locator(`[data-topic="${source}"][data-state="subscribed"]`).waitFor();
}

describe('Console: tail', () => {
  it('shows a NOTIFY channel, which is suggested if a function uses its name', async () => {
    await using stage = await openStage();
    const { node, page, sql } = stage;
    await sql.query(`CREATE FUNCTION tell() RETURNS void LANGUAGE sql AS $$ SELECT pg_notify('It''s', 'x') $$`);
    await page.goto(`${node.url}#events`);
    await page.locator('#known-topics option[value="channel:It\'s"]').waitFor({ state: 'attached' });
    await watch(page, "channel:It's");
    await page.locator('[data-testid="topic"][data-state="subscribed"]').waitFor();
    await sql.query('SELECT tell()');
    await shows(page, 'event', '"x"');
    await sql.query(`SELECT pg_notify('It''s', '{"id": 9007199254740993, "text": "a' || U&'\\202E' || 'b"}')`);
    await shows(page, 'event', '9007199254740993');
    await shows(page, 'event', '\\u202e');
    await page.reload();
    await watched(page, "channel:It's");
  });

  it('shows row changes, with the latency since their commit', async () => {
    await using stage = await openStage();
    const { node, page, sql } = stage;
    await sql.query('GRANT SELECT ON parcel TO crossbar');
    await page.goto(`${node.url}#events`);
    await page.locator('#known-topics option[value="table:public.parcel"]').waitFor({ state: 'attached' });
    await watch(page, 'table:public.parcel');
    await watched(page, 'table:public.parcel');
    await sql.query(`INSERT INTO parcel VALUES (1, 'new', 1.10)`);
    await shows(page, 'event', 'id=1 state="new" weight=1.10');
    await sql.query('ALTER TABLE parcel REPLICA IDENTITY FULL');
    await sql.query(`UPDATE parcel SET state = 'sent'`);
    await shows(page, 'event', 'id=1 state: "new" → "sent"');
    await sql.query('DELETE FROM parcel');
    await shows(page, 'event', 'DELETE');
    await sql.query('TRUNCATE parcel');
    await shows(page, 'event', 'TRUNCATE');
    await page.locator('[data-testid="event-latency"][data-since="commit"]').first().waitFor();
    await shows(page, 'latency-since', 'Since commit');
    await page.getByTestId('event').filter({ hasText: 'INSERT' }).locator('summary').click();
    await page.getByRole('button', { name: 'Copy as JSON' }).waitFor();
  });

  it('reports what is missing for a table', async () => {
    await using stage = await openStage();
    const { node, page, sql } = stage;
    await sql.query('CREATE TABLE unpublished (id int PRIMARY KEY)');
    await page.goto(`${node.url}#events`);
    const expected = {
      'table:public.unpublished': 'CREATE PUBLICATION console FOR TABLE public.unpublished',
      'table:public.parcel': 'GRANT SELECT ON public.parcel TO crossbar',
      'table:parcel': 'write schema and table',
      'table:public.nowhere': 'table public.nowhere does not exist',
    };
    for (const [source, text] of Object.entries(expected)) {
      await watch(page, source);
      await shows(page, 'topic', text);
    }
    await sql.query('GRANT SELECT ON parcel TO crossbar; ALTER TABLE parcel ENABLE ROW LEVEL SECURITY');
    await page.locator('[data-topic="table:public.parcel"] button').click();
    await watch(page, 'table:public.parcel');
    await shows(page, 'topic', 'row level security');
  });

  it('measures the latency of a topic since the commit', async () => {
    await using stage = await openStage({ topics: ['com.example.*'] });
    const { node, page, sql } = stage;
    await page.goto(`${node.url}#events`);
    await watched(page, 'com.example.*');
    await sql.query('BEGIN');
    const { rows } = await sql.query(
      `SELECT now() AS at, crossbar.publish('com.example.topic', '["late"]', jsonb_build_object('published_at', now()))`,
    );
    await sql.query('SELECT pg_sleep(1.5)');
    await sql.query('COMMIT');
    await page.locator('[data-testid="event-latency"][data-since="commit"]').waitFor();
    await shows(page, 'latency-since', 'Since commit');
    expect(await page.getByTestId('event-latency').getAttribute('title')).to.include('from the commit in the log');
    const shown = Number(await page.getByTestId('latency-p50').getAttribute('data-value'));
    // The commit came a second and a half after published_at.
    expect(shown).to.be.lessThan(Date.now() - rows[0]?.at.getTime() - 1500);
  });

  it('continues after the loss of its connection, and drops its slot when the page is closed', async () => {
    await using stage = await openStage();
    const { node, page, sql } = stage;
    await sql.query('GRANT SELECT ON parcel TO crossbar');
    await page.goto(`${node.url}#events?topic=table:public.parcel&topic=channel:a`);
    await watched(page, 'table:public.parcel');
    await watched(page, 'channel:a');
    const ended = await sql.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'pgwamp console' AND datname = current_database()`);
    expect(ended.rowCount).to.be.greaterThan(2);
    await page.locator('[data-topic="table:public.parcel"][data-state="pending"]').waitFor();
    await watched(page, 'table:public.parcel');
    await watched(page, 'channel:a');
    await sql.query(`INSERT INTO parcel VALUES (2, 'after', 1)`);
    await shows(page, 'event', '"after"');
    await page.goto('about:blank');
    const slots = `SELECT FROM pg_replication_slots WHERE slot_name ~ '^pgwamp_console_' AND database = current_database()`;
    await waitFor(async () => (await sql.query(slots)).rowCount === 0, { what: 'the slot to be gone' });
  });

  it('requires the origin of the console and a sign-in', async () => {
    await using database = await createSetUpDatabase();
    await using page = await startWithConsole(database, { password: 'correct horse' });
    const url = `${page.url.replace('http', 'ws')}api/tail`;
    const { origin } = new URL(page.url);
    for (const headers of [{}, { origin }, { origin: 'https://example.com' }]) {
      const socket = new WebSocket(url, { headers });
      const { promise, resolve } = Promise.withResolvers<Error>();
      socket.on('error', resolve);
      expect((await promise).message).to.include('403');
    }
  });
});
