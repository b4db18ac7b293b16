import type { Page } from 'playwright-core';
import { openBrowser } from '../browser.ts';
import { proveAll, type Step, waitFor } from '../steps.ts';
import type { Packing } from './packing.ts';
import type { Stack as Running } from './stack.ts';

interface Stage extends Running {
  readonly page: Page;
}

const steps: readonly Step<Stage>[] = [
  {
    claim: 'an order that is placed in the page is a row, whose change comes back to the page',
    async prove({ page, packing }) {
      await order(page, 'Ada', 'tea', 2);
      return shows(page, [`Ada tea 2 ${packing ? 'packed' : 'placed'}`]);
    },
  },
  {
    claim: 'an order that SQL inserts reaches the page as well',
    async prove({ page, packing, sql }) {
      await sql.query(`INSERT INTO orders (customer, item, pieces, card_number) VALUES ('Grace', 'coffee', 1, '4111')`);
      const state = packing ? 'packed' : 'placed';
      return shows(page, [`Ada tea 2 ${state}`, `Grace coffee 1 ${state}`]);
    },
  },
  {
    claim: 'a transaction that is rolled back reaches nobody',
    async prove({ page, sql, packing }) {
      await sql.query(`BEGIN; UPDATE orders SET pieces = 99; ROLLBACK; UPDATE orders SET pieces = 3 WHERE id = 1`);
      const state = packing ? 'packed' : 'placed';
      return shows(page, [`Ada tea 3 ${state}`, `Grace coffee 1 ${state}`]);
    },
  },
  {
    claim: 'what changes while the Proxy is stopped arrives when it is back',
    async prove({ page, sql, packing, proxy }) {
      await proxy.stop();
      await sql.query('DELETE FROM orders WHERE id = 2');
      await sql.query(`INSERT INTO orders (customer, item, pieces) VALUES ('Edsger', 'cocoa', 1)`);
      await proxy.start();
      const state = packing ? 'packed' : 'placed';
      return shows(page, [`Ada tea 3 ${state}`, `Edsger cocoa 1 ${state}`]);
    },
  },
  {
    claim: 'all of it has come through one replication slot',
    async prove({ sql, proxy }) {
      const { rows } = await sql.query('SELECT slot_name FROM pg_replication_slots');
      if (rows.length !== 1) throw new Error(`there are ${rows.length} slots`);
      const sinks = Object.entries(proxy.status().sinks).map(([name, { confirmed }]) => `${name} ${confirmed}`);
      return `confirmed by ${sinks.join(', ')}`;
    },
  },
];

const stepsWithRabbit: readonly Step<Stage & { readonly packing: Packing }>[] = [
  {
    claim: 'RabbitMQ has brought the packing service each order, without card numbers',
    async prove({ packing }) {
      const items = packing.received.map((content) => (JSON.parse(content) as { row: { item: string } }).row.item);
      if ([...new Set(items)].join() !== 'tea,coffee,cocoa') throw new Error(`the packing service has got ${items}`);
      if (packing.received.some((content) => content.includes('card'))) throw new Error(packing.received.join('\n'));
      return items.join(', ');
    },
  },
];

/**
 * Proves step by step what the example shows, in a real browser; prints a line for each.
 *
 * @returns whether all is well.
 */
export async function tour(stack: Running): Promise<boolean> {
  await using browser = await openBrowser();
  const page = await browser.page();
  await page.goto(stack.url);
  const { packing } = stack;
  if (!(await proveAll(steps, { ...stack, page }))) return false;
  return packing === undefined || (await proveAll(stepsWithRabbit, { ...stack, page, packing }));
}

async function order(page: Page, customer: string, item: string, pieces: number): Promise<void> {
  await page.getByText('Live').waitFor();
  await page.getByLabel('Customer').fill(customer);
  await page.getByLabel('Item').fill(item);
  await page.getByLabel('Pieces').fill(String(pieces));
  await page.getByRole('button', { name: 'Order' }).click();
}

async function shows(page: Page, expected: readonly string[]): Promise<string> {
  let found = '';
  await waitFor(`the page to show ${expected.join(', ')}`, async () => {
    const rows = await page
      .locator('#orders tr')
      .evaluateAll((items) => items.map((item) => [...item.children].map(({ textContent }) => textContent).join(' ')));
    found = rows.join(', ');
    return found === expected.join(', ');
  });
  return found;
}
