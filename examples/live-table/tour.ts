import type { Page } from 'playwright-core';
import { openBrowser } from '../browser.ts';
import type { GatewayExample } from '../gateway.ts';
import { proveAll, type Step, waitFor } from '../steps.ts';

/** The running parts, and a page. */
interface Stage extends GatewayExample {
  readonly page: Page;
}

const steps: readonly Step<Stage>[] = [
  {
    claim: 'the page shows the rows of the table',
    prove: ({ page }) => shows(page, ['Apples 2.40 120', 'Pears 3.10 64', 'Plums 4.95 15']),
  },
  {
    claim: 'a row that is updated changes on the page, without a trigger',
    async prove({ sql, page }) {
      await sql.query(`UPDATE stock SET price = price + 0.80 WHERE name = 'Pears'`);
      return shows(page, ['Apples 2.40 120', 'Pears 3.90 64', 'Plums 4.95 15']);
    },
  },
  {
    claim: 'rows that are inserted and deleted in one transaction come and go together',
    async prove({ sql, page }) {
      await sql.query(`BEGIN; DELETE FROM stock WHERE id = 1; INSERT INTO stock VALUES (4, 'Figs', 7.00, 9); COMMIT`);
      return shows(page, ['Pears 3.90 64', 'Plums 4.95 15', 'Figs 7.00 9']);
    },
  },
  {
    claim: 'a row whose key changes moves',
    async prove({ sql, page }) {
      await sql.query('UPDATE stock SET id = 10 WHERE id = 2');
      return shows(page, ['Plums 4.95 15', 'Figs 7.00 9', 'Pears 3.90 64']);
    },
  },
  {
    claim: 'a transaction that is rolled back is never seen',
    async prove({ sql, page }) {
      await sql.query(`BEGIN; UPDATE stock SET pieces = 0; ROLLBACK; UPDATE stock SET pieces = 14 WHERE id = 3`);
      return shows(page, ['Plums 4.95 14', 'Figs 7.00 9', 'Pears 3.90 64']);
    },
  },
  {
    claim: 'what changes while the Gateway has no connection to PostgreSQL comes afterwards',
    async prove({ sql, page }) {
      await sql.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgwamp gateway'`,
      );
      await sql.query('UPDATE stock SET pieces = 13 WHERE id = 3');
      return shows(page, ['Plums 4.95 13', 'Figs 7.00 9', 'Pears 3.90 64']);
    },
  },
  {
    claim: 'a table that is emptied is empty on the page',
    async prove({ sql, page }) {
      await sql.query('TRUNCATE stock');
      return `${(await shows(page, [])) || 'no row'}`;
    },
  },
];

/**
 * Proves step by step what the example shows, in a real browser; prints a line for each.
 *
 * @returns whether all is well.
 */
export async function tour(example: GatewayExample): Promise<boolean> {
  await using browser = await openBrowser();
  const page = await browser.page();
  await page.goto(example.url);
  return await proveAll(steps, { ...example, page });
}

async function shows(page: Page, expected: readonly string[]): Promise<string> {
  let found = '';
  await waitFor(`the page to show ${expected.join(', ')}`, async () => {
    const rows = await page
      .locator('#rows tr')
      .evaluateAll((items) => items.map((item) => [...item.children].map(({ textContent }) => textContent).join(' ')));
    found = rows.join(', ');
    return found === expected.join(', ');
  });
  return found;
}
