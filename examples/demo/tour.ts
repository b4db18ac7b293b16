import type { Demo } from 'pgwamp/demo';
import type { Page } from 'playwright-core';
import { openBrowser } from '../browser.ts';
import { proveAll, type Step, waitFor } from '../steps.ts';

/** The running parts, and the page. */
interface Stage extends Demo {
  readonly page: Page;
}

const steps: readonly Step<Stage>[] = [
  {
    claim: 'PostgreSQL is running',
    prove: async ({ shop }) => first(await shop.query('SHOW server_version')),
  },
  {
    claim: 'the Publisher is installed, connected and joined',
    prove: async ({ publisher }) => `delivery "${(await publisher.status())?.delivery}"`,
  },
  {
    claim: 'the page joins the realm in a real browser',
    async prove({ url, page }) {
      await page.goto(url);
      await see(page, 'state', 'connected');
      return url;
    },
  },
  {
    claim: 'an INSERT arrives in the page',
    async prove({ shop, page }) {
      await shop.query(`INSERT INTO orders (customer, amount, card_number) VALUES ('Hypatia', 12.50, '4111')`);
      return see(page, 'event', '"Hypatia"', '12.50');
    },
  },
  {
    claim: 'a column that is excluded stays in the database',
    async prove({ page }) {
      const text = await page.getByTestId('event').first().textContent();
      if (text?.includes('4111')) throw new Error(`the page shows the card number: ${text}`);
      return 'no card_number in the event';
    },
  },
  {
    claim: 'numbers arrive with all their digits',
    async prove({ shop, page }) {
      await shop.query(`SELECT crossbar.publish('com.example.orders', '[9007199254740993, 1.10]')`);
      return see(page, 'event', '9007199254740993', '1.10');
    },
  },
  {
    claim: 'a transaction that rolls back publishes nothing, unless autonomous',
    async prove({ shop, page }) {
      await shop.query('BEGIN');
      await shop.query(`SELECT crossbar.publish('com.example.orders', '["rolled back"]')`);
      await shop.query(`SELECT crossbar.publish('com.example.orders', '["autonomous"]', autonomous => true)`);
      await shop.query('ROLLBACK');
      await see(page, 'event', 'autonomous');
      const texts = await page.getByTestId('event').allTextContents();
      if (texts.some((text) => text.includes('rolled back'))) throw new Error('the page shows what was rolled back');
      return 'one event of two';
    },
  },
  {
    claim: 'what is published while the Publisher is down arrives when it is back',
    async prove({ shop, publisher, page }) {
      await publisher.kill();
      await shop.query(`INSERT INTO orders (customer, amount) VALUES ('Archimedes', 3.14)`);
      await publisher.works();
      return see(page, 'event', '"Archimedes"');
    },
  },
  {
    claim: 'the guided tour inserts a row',
    async prove({ page }) {
      await run(page, 0, '→ INSERT 0 1');
      return see(page, 'tour-event', '"You"', '12.50');
    },
  },
  {
    claim: 'the guided tour calls a function',
    prove: ({ page }) => run(page, 1, '→ 12.50'),
  },
  {
    claim: 'the guided tour calls out of SQL',
    prove: ({ page }) => run(page, 2, '→ 0'),
  },
  {
    claim: 'the guided tour kills the Publisher, which the Overview shows first, in red and then in green',
    async prove({ page }) {
      await page.getByTestId('tour-step').nth(3).getByRole('button').click();
      await show(page, 'Overview');
      const first = page.getByTestId('component').first();
      await first.filter({ hasText: 'publisher' }).and(page.locator('[data-tone="bad"]')).waitFor();
      const seen = (await first.textContent()) ?? '';
      await page.locator('#node-badge').filter({ hasText: '1' }).waitFor();
      await page.locator('#node-badge').waitFor({ state: 'hidden' });
      await see(page, 'component', 'Publisher', 'running');
      return seen.slice(0, 60);
    },
  },
  {
    claim: 'no order is lost',
    async prove({ page, shop }) {
      await show(page, 'Tour');
      await see(page, 'tour-result-3', 'has taken over');
      await see(page, 'tour-event', 'While it was dead', 'amount=5.00');
      // They stay when others follow.
      await shop.query(`INSERT INTO orders (customer, amount) SELECT 'Others', n FROM generate_series(1, 20) AS n`);
      await see(page, 'tour-event', 'Others', 'amount=20.00');
      const texts = await page.getByTestId('tour-event').allTextContents();
      const amounts = texts.flatMap((text) => /amount=(\d)\.00.*While/.exec(text)?.[1] ?? []);
      if (amounts.join() !== '5,4,3,2,1') throw new Error(`the page has the orders ${amounts.join()}`);
      return 'five orders, in order';
    },
  },
  {
    claim: 'every other view shows the shop',
    async prove({ page }) {
      await show(page, 'Procedures');
      await see(page, 'procedures', 'com.example.turnover', 'registered', 'shopkeeper', 'com.example.shipping_cost');
      await show(page, 'Subscriptions');
      await see(page, 'subscriptions', 'com.example.temperature', 'subscribed');
      await show(page, 'Sessions');
      await see(page, 'sessions', 'this page');
      await show(page, 'Delivery');
      await see(page, 'realms', 'realm1');
      await see(page, 'slots', 'pgoutput');
      return 'procedures, subscriptions, sessions, delivery';
    },
  },
  {
    claim: 'the page measures the way from commit to browser',
    prove: ({ page }) => see(page, 'latency', 'ms'),
  },
];

/**
 * Proves step by step what the demo shows, in a real browser; prints a line for each.
 *
 * @returns whether all is well.
 */
export async function tour(stack: Demo): Promise<boolean> {
  await using browser = await openBrowser();
  return await proveAll(steps, { ...stack, page: await browser.page() });
}

async function show(page: Page, view: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: view }).click();
}

/** Waits until one of the marked elements contains all the texts. */
async function see(page: Page, testId: string, ...texts: string[]): Promise<string> {
  const seen = await waitFor(`the page to show ${texts.join(' and ')} as ${testId}`, async () => {
    const all = await page.getByTestId(testId).allTextContents();
    return all.find((shown) => texts.every((text) => shown.toLowerCase().includes(text.toLowerCase())));
  });
  return seen.replace(/\s+/g, ' ').slice(0, 100);
}

/** Clicks the button of a step of the tour, and waits for its result. */
async function run(page: Page, step: number, result: string): Promise<string> {
  await page.getByTestId('tour-step').nth(step).getByRole('button').click();
  return see(page, `tour-result-${step}`, result);
}

function first(rows: object[]): string {
  return String(Object.values(rows[0] ?? {})[0]);
}
