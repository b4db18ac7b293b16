import { barriersOf, isTooWide, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { openConsole, reads, refuseConnections, show } from '../support/console-page.ts';

/** Two rows of everything that the view Delivery can act upon, and a Proxy with a cursor. */
const rows = `
  INSERT INTO crossbar.refused_publication (realm, id, topic, args, error) SELECT
    'realm1', id, 'com.example.refused', '[9007199254740993]', 'wamp.error.not_authorized' FROM generate_series(1, 2) AS id;
  INSERT INTO crossbar.async_call (id, procedure, identity, role, state, tries, error)
    SELECT id, 'com.example.failing', '{}', 'postgres', 'failed', 3, 'com.example.error.bad' FROM generate_series(1, 2) AS id;
  INSERT INTO crossbar.proxy (name) VALUES ('shop');
  INSERT INTO crossbar._proxy_cursor (proxy, sink, position) VALUES ('shop', 'broker', '0/16B3748');
  INSERT INTO crossbar.parked_message
    (proxy, sink, source, message_id, destination, key, order_key, content_type, headers, payload, error, state)
    SELECT 'shop', 'broker', 'changes', '0/' || id || '/0', 'orders', '', '', 'text/plain', '{}', 'hello', 'too large', 'parked'
    FROM generate_series(1, 2) AS id`;

/** Clicks a button of the first row of a table that has it, and agrees. */
async function act(page: Page, table: string, word: string): Promise<void> {
  await page.getByTestId(table).getByRole('button', { name: word }).first().click();
  await page.locator('#question-yes').click();
}

/** Waits until a table of the page has this many rows. */
async function hasRows(page: Page, table: string, count: number): Promise<void> {
  const found = page.getByTestId(table).locator('tbody tr');
  await waitFor(async () => (await found.count()) === count, { what: `${count} rows of ${table}` });
}

describe('Console: Delivery view', () => {
  it('explains each empty table, and shows the reader of each slot', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page, problems } = place;
    await show(page, node, 'delivery');
    await reads(page, 'realms', 'its Publisher');
    await reads(page, 'slots', /pgwamp publisher realm1 \(process \d+\)/);
    await reads(page, 'slots', /\d (bytes|kB|MB)/);
    await reads(page, 'refused', 'The router has refused no publication.');
    await reads(page, 'proxies', 'No Proxy has run with this database.');
    await reads(page, 'parked', 'No message of a Proxy is parked.');
    await reads(page, 'calls', 'No asynchronous call is kept.');
    expect(await barriersOf(page)).to.deep.equal([]);
    await show(page, node, 'node');
    await page
      .getByTestId('component')
      .filter({ hasText: /Publisher.* of the log retained/ })
      .waitFor();
    expect(problems).to.deep.equal([]);
  });

  it('shows stored rows, and publishes, retries or discards them', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page, problems, sql } = place;
    await sql.query(rows);
    await show(page, node, 'delivery');
    await reads(page, 'refused', '9007199254740993');
    await reads(page, 'proxies', '0/16B3748');
    await reads(page, 'parked', 'hello');
    await reads(page, 'parked', 'too large');
    await reads(page, 'calls', 'com.example.error.bad');
    expect(await barriersOf(page)).to.deep.equal([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await isTooWide(page)).to.equal(false);
    await act(page, 'refused', 'Publish again');
    await hasRows(page, 'refused', 1);
    await act(page, 'refused', 'Discard');
    await reads(page, 'refused', 'The router has refused no publication.');
    await act(page, 'parked', 'Retry');
    await page.getByTestId('parked').locator('tbody tr').filter({ hasText: 'retrying' }).waitFor();
    await act(page, 'parked', 'Discard');
    await hasRows(page, 'parked', 1);
    await act(page, 'calls', 'Discard');
    await hasRows(page, 'calls', 1);
    await act(page, 'calls', 'Retry');
    await page.getByTestId('calls').locator('tbody tr').filter({ hasText: 'waiting' }).waitFor();
    const { rows: left } = await sql.query(`SELECT (SELECT count(*)::int FROM crossbar.refused_publication) AS refused,
      (SELECT count(*)::int FROM crossbar.parked_message) AS parked, (SELECT count(*)::int FROM crossbar.async_call) AS calls`);
    expect(left).to.deep.equal([{ refused: 0, parked: 1, calls: 1 }]);
    expect(problems).to.deep.equal([]);
  });

  it('reports that another session has already discarded a row', async () => {
    await using place = await openConsole({ writes: true });
    const { node, page, sql } = place;
    await sql.query(rows);
    await show(page, node, 'delivery');
    for (const [table, source] of [
      ['refused', 'refused_publication'],
      ['parked', 'parked_message'],
      ['calls', 'async_call'],
    ] as const) {
      await page.getByTestId(table).getByRole('button', { name: 'Discard' }).first().click();
      await sql.query(`DELETE FROM crossbar.${source}`);
      await page.locator('#question-yes').click();
      const alert = page.locator(`[role=alert]:has(+ #${table})`);
      await alert.filter({ hasText: 'the row no longer exists' }).waitFor();
      await hasRows(page, table, 0);
    }
  });

  it('reports that the database is unreachable, and continues with one connection when it is back', async () => {
    await using place = await openConsole({ writes: true });
    const { database, node, page, sql } = place;
    await sql.query(rows);
    await show(page, node, 'delivery');
    await page.getByTestId('refused').getByRole('button', { name: 'Discard' }).first().click();
    await refuseConnections(database, sql);
    await page.locator('#question-yes').click();
    await page.locator('[role=alert]:has(+ #refused)').filter({ hasText: /\w/ }).waitFor();
    for (const table of ['realms', 'slots', 'refused', 'parked', 'calls']) {
      await reads(page, table, 'too many connections for database');
    }
    await sql.query(`ALTER DATABASE ${database.name} CONNECTION LIMIT -1`);
    for (const table of ['refused', 'parked', 'calls']) await hasRows(page, table, 2);
    const { rows: open } = await sql.query(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgwamp console'`,
    );
    expect(open).to.deep.equal([{ count: 1 }]);
    await node.node.process.waitFor({ msg: 'console: refused/discard by local failed' });
    await act(page, 'refused', 'Discard');
    await hasRows(page, 'refused', 1);
    expect(await page.locator('[role=alert]:has(+ #refused)').textContent()).to.equal('');
  });
});
