import type { Page } from 'playwright-core';
import { openBrowser } from '../browser.ts';
import type { GatewayExample } from '../gateway.ts';
import { proveAll, type Step, waitFor } from '../steps.ts';

/** The running parts, and two users with one page each. */
interface Stage extends GatewayExample {
  readonly ada: Page;
  readonly grace: Page;
}

const steps: readonly Step<Stage>[] = [
  {
    claim: 'two people join a room',
    async prove({ ada, grace }) {
      await join(ada, 'Ada', 'lobby');
      await join(grace, 'Grace', 'lobby');
      return see(grace, 'state', 'In lobby');
    },
  },
  {
    claim: 'a message reaches everybody in the room',
    async prove({ ada, grace }) {
      await say(ada, 'Good morning!');
      await see(ada, 'messages', 'Good morning!');
      return see(grace, 'messages', 'Good morning!');
    },
  },
  {
    claim: 'a message that SQL inserts reaches them too',
    async prove({ sql, grace }) {
      await sql.query(`INSERT INTO chat.message (room, author, body) VALUES ('lobby', 'psql', 'Hello from SQL')`);
      return see(grace, 'messages', 'Hello from SQL');
    },
  },
  {
    claim: 'who comes later is shown what was said before, in order',
    async prove({ ada }) {
      await join(ada, 'Ada', 'lobby');
      await see(ada, 'messages', 'Hello from SQL');
      return see(ada, 'messages', /Good morning!.*Hello from SQL/);
    },
  },
  {
    claim: 'another room hears nothing of it',
    async prove({ ada, grace }) {
      await join(grace, 'Grace', 'garden');
      await see(grace, 'state', 'In garden');
      await say(ada, 'Only here');
      await see(ada, 'messages', 'Only here');
      await say(grace, 'And only there');
      return see(grace, 'messages', /^(?!.*Only here).*And only there/);
    },
  },
  {
    claim: 'a message that a constraint of the table refuses is refused on the page',
    async prove({ ada }) {
      await say(ada, '   ');
      return see(ada, 'problem', 'message_body_check');
    },
  },
  {
    claim: 'PostgreSQL ends the connection of the Gateway, and nothing is missing afterwards',
    async prove({ sql, ada }) {
      await sql.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgwamp gateway'`,
      );
      await sql.query(
        `INSERT INTO chat.message (room, author, body) VALUES ('lobby', 'psql', 'Said while it was away')`,
      );
      return see(ada, 'messages', 'Said while it was away');
    },
  },
];

/**
 * Proves step by step what the example shows, in two real browsers; prints a line for each.
 *
 * @returns whether all is well.
 */
export async function tour(example: GatewayExample): Promise<boolean> {
  await using browser = await openBrowser();
  const [ada, grace] = [await browser.page(), await browser.page()];
  for (const page of [ada, grace]) await page.goto(example.url);
  return await proveAll(steps, { ...example, ada, grace });
}

async function join(page: Page, name: string, room: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Room').fill(room);
  await page.getByRole('button', { name: 'Join' }).click();
  await see(page, 'state', `In ${room}`);
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByLabel('Message', { exact: true }).press('Enter');
}

async function see(page: Page, testId: string, text: string | RegExp): Promise<string> {
  const shown = await waitFor(`the page to show ${text} as ${testId}`, async () => {
    const found = (await page.getByTestId(testId).textContent()) ?? '';
    return (typeof text === 'string' ? found.includes(text) : text.test(found)) && found;
  });
  return shown.replace(/\s+/g, ' ').trim();
}
