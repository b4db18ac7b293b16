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
    claim: 'the page shows the boats and the zones',
    async prove({ page }) {
      await waitFor('three boats', async () => (await page.locator('#boats g').count()) === 3);
      return `${await page.locator('#boats text, #zones text').allTextContents()}`;
    },
  },
  {
    claim: 'a boat that SQL moves is moved on the page',
    async prove({ sql, page }) {
      await sql.query(`UPDATE harbour.boat SET position = '(50,30)' WHERE id = 2`);
      return isAt(page, 2, '50,30');
    },
  },
  {
    claim: 'a boat that the page moves is moved in PostgreSQL',
    async prove({ sql, page }) {
      await page.getByRole('button', { name: 'Move Heron up' }).click();
      await isAt(page, 2, '50,28');
      const { rows } = await sql.query('SELECT position::text FROM harbour.boat WHERE id = 2');
      return rows[0].position;
    },
  },
  {
    claim: 'PostgreSQL tells who enters a zone',
    async prove({ sql, page }) {
      await sql.query(`UPDATE harbour.boat SET position = '(25,18)' WHERE name = 'Pelican'`);
      return see(page, 'Pelican enters Harbour');
    },
  },
  {
    claim: 'and who leaves one',
    async prove({ sql, page }) {
      await sql.query(`UPDATE harbour.boat SET position = '(70,40)' WHERE name = 'Pelican'`);
      await see(page, 'Pelican leaves Harbour');
      return see(page, 'Pelican enters Regatta');
    },
  },
  {
    claim: 'a boat cannot be moved off the map',
    async prove({ sql, page }) {
      await sql.query(`UPDATE harbour.boat SET position = '(99,12)' WHERE name = 'Gull'`);
      await isAt(page, 3, '99,12');
      await page.getByRole('button', { name: 'Move Gull right' }).click();
      return see(page, 'boat_position_check');
    },
  },
  {
    claim: 'all boats that sail have moved after a step',
    async prove({ sql, page }) {
      await sql.query('SELECT harbour.sail()');
      return `${await isAt(page, 2, '50.7,27.75')}, ${await isAt(page, 3, '98.5,12.4')}`;
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

function isAt(page: Page, boat: number, position: string): Promise<string> {
  return waitFor(`boat ${boat} to be at ${position}`, async () => {
    const found = await page.locator(`#boat-${boat}`).getAttribute('data-position');
    return found === position && found;
  });
}

function see(page: Page, text: string): Promise<string> {
  return waitFor(`the page to show ${text}`, async () => {
    const lines = await page.getByTestId('log').locator('li').allTextContents();
    return lines.some((line) => line.includes(text)) && text;
  });
}
