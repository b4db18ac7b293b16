import pg from 'pg';
import type { Page } from 'playwright-core';
import { openBrowser } from '../browser.ts';
import { proveAll, type Step, waitFor } from '../steps.ts';
import type { Stack } from './stack.ts';

/** The running parts, and two users with one page each. */
interface Stage extends Stack {
  readonly ada: Page;
  readonly grace: Page;
}

const steps: readonly Step<Stage>[] = [
  {
    claim: 'every function is registered, and the handler subscribed',
    async prove({ sql }) {
      const states = `SELECT state, count(*) FROM (
        SELECT state FROM crossbar.registrations UNION ALL SELECT state FROM crossbar.subscriptions
      ) AS endpoint GROUP BY state ORDER BY state`;
      const expected = '10 registered, 1 subscribed';
      return waitFor(expected, async () => {
        const { rows } = await sql.query(states);
        const found = rows.map(({ state, count }) => `${count} ${state}`).join(', ');
        return found === expected && found;
      });
    },
  },
  {
    claim: 'a wrong password lets nobody in',
    async prove({ ada, url }) {
      await ada.goto(url);
      await signIn(ada, 'ada', 'guessed');
      return see(ada, 'error', 'The name or the password is wrong.', 'wamp.error.authentication_denied');
    },
  },
  {
    claim: 'Ada and Grace sign in, each in a browser of her own',
    async prove({ ada, grace, url }) {
      await grace.goto(url);
      await signIn(ada, 'ada', 'ada');
      await signIn(grace, 'grace', 'grace');
      return `${await see(ada, 'state', 'Signed in')}, ${await see(grace, 'state', 'Signed in')}`;
    },
  },
  {
    claim: 'there is something to begin with, and a reload keeps who has signed in',
    async prove({ grace }) {
      await grace.reload();
      await see(grace, 'state', 'Signed in as Grace');
      await see(grace, 'list', 'Books to read');
      return see(grace, 'item', 'Water the tomatoes');
    },
  },
  {
    claim: 'a list belongs to whoever makes it',
    async prove({ ada, grace }) {
      await addList(ada, 'Surprise for Grace');
      await addItem(ada, 'Bake a cake');
      await see(ada, 'item', 'Bake a cake');
      return hidden(grace, 'list', 'Surprise');
    },
  },
  {
    claim: 'a procedure that is called past the page, with the id of somebody else’s list, gives and changes nothing',
    async prove({ sql, grace }) {
      const { rows } = await sql.query(`SELECT list, id AS item FROM todo.item WHERE title = 'Bake a cake'`);
      const { list, item } = rows[0];
      const items = await call(grace, 'items', { list });
      const refusals = [
        await call(grace, 'add_item', { list, title: 'Grace was here' }),
        await call(grace, 'share', { list, with: ['grace'] }),
        await call(grace, 'finish', { item }),
        await call(grace, 'remove_list', { list }),
      ];
      const whole = [items, ...refusals].join(', ');
      const noSuch = 'com.example.todo.error.no_such_';
      const expected = `[], wamp.error.not_authorized, ${noSuch}list, ${noSuch}item, ${noSuch}list`;
      if (whole !== expected) throw new Error(`found ${whole}, expected ${expected}`);
      return whole;
    },
  },
  {
    claim: 'a list that Ada shares appears on Grace’s page',
    async prove({ ada, grace }) {
      await addList(ada, 'Shopping');
      await ada.getByRole('checkbox', { name: 'Grace' }).click();
      const seen = await see(grace, 'list', 'Shopping', 'with Ada');
      await hidden(grace, 'list', 'Surprise');
      return seen;
    },
  },
  {
    claim: 'an item that Grace adds appears on Ada’s page, and its date is read by PostgreSQL',
    async prove({ ada, grace }) {
      await grace.getByRole('button', { name: 'Shopping' }).click();
      await addItem(grace, 'Candles', '24 december 2026');
      return see(ada, 'item', 'Candles', 'Dec 24, 2026');
    },
  },
  {
    claim: 'an item that Ada ticks is ticked on Grace’s page',
    async prove({ ada, grace }) {
      await ada.getByRole('checkbox', { name: 'Candles' }).click();
      await grace.getByRole('checkbox', { name: 'Candles', checked: true }).waitFor();
      return see(grace, 'list', 'Shopping', 'nothing to do');
    },
  },
  {
    claim: 'a wrong argument is refused, in words that name it',
    async prove({ grace }) {
      await addItem(grace, 'Fireworks', 'some day');
      return see(grace, 'error', '“some day” is no date', 'wamp.error.invalid_argument');
    },
  },
  {
    claim: 'a constraint of a table holds on the page, too',
    async prove({ grace }) {
      await addItem(grace, '   ');
      return see(grace, 'error', 'Write what is to be done.', 'crossbar.error.check_violation');
    },
  },
  {
    claim: 'an event of Grace’s page runs a function, and Ada is told',
    prove: ({ ada }) => see(ada, 'looks', 'Last seen by Grace'),
  },
  {
    claim: 'an event that its publisher had no right to changes nothing, and is kept',
    async prove({ sql, grace }) {
      const { rows } = await sql.query(`SELECT id FROM todo.list WHERE title LIKE 'Surprise%'`);
      await grace.evaluate(async (list) => (await import('/main.js' as string)).session.look(list), Number(rows[0].id));
      const kept = `SELECT error, kwargs FROM crossbar.failed_event WHERE topic = 'com.example.todo.looked'`;
      const failed = await waitFor('the failed event', async () => (await sql.query(kept)).rows[0]);
      return `${failed.error} ${JSON.stringify(failed.kwargs)}`;
    },
  },
  {
    claim: 'what any SQL session changes appears on both pages',
    async prove({ sql, ada, grace }) {
      await sql.query(
        `INSERT INTO todo.item (list, title) SELECT id, 'Balloons' FROM todo.list WHERE title = 'Shopping'`,
      );
      await see(ada, 'item', 'Balloons');
      return see(grace, 'item', 'Balloons');
    },
  },
  {
    claim: 'a change that is told before it is visible appears once it is',
    async prove({ sql, postgres, database, grace }) {
      // A commit that waits for a standby is in the log, and no other session sees it.
      await configure(sql, { synchronous_commit: 'local', synchronous_standby_names: 'nobody' });
      const client = new pg.Client(postgres.url(database));
      await client.connect();
      try {
        await client.query('SET synchronous_commit = on');
        const asked = await isVisibleCalls(sql);
        const commit = client.query(
          `INSERT INTO todo.item (list, title) SELECT id, 'Early bird' FROM todo.list WHERE title = 'Shopping'`,
        );
        await waitFor('a page to hear of it', async () => (await isVisibleCalls(sql)) > asked);
        await hidden(grace, 'item', 'Early bird');
        await configure(sql, { synchronous_commit: 'on', synchronous_standby_names: '' });
        await commit;
      } finally {
        await client.end();
      }
      return see(grace, 'item', 'Early bird');
    },
  },
  {
    claim: 'a list that is no longer shared is gone from Grace’s page at once',
    async prove({ ada, grace }) {
      await ada.getByRole('checkbox', { name: 'Grace' }).click();
      return hidden(grace, 'list', 'Shopping');
    },
  },
];

/**
 * Proves step by step what the example shows, in two real browsers; prints a line for each.
 *
 * @returns whether all is well.
 */
export async function tour(stack: Stack): Promise<boolean> {
  await using browser = await openBrowser();
  return await proveAll(steps, { ...stack, ada: await browser.page(), grace: await browser.page() });
}

/** Sets settings of the server; resolves when they are in force. */
async function configure(sql: pg.Client, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) await sql.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  await sql.query('SELECT pg_reload_conf()');
  for (const [name, value] of Object.entries(settings)) {
    await waitFor(`${name} to be ${value}`, async () => {
      const { rows } = await sql.query('SELECT current_setting($1) = $2 AS done', [name, value]);
      return rows[0].done;
    });
  }
}

/** The number of times that pages have asked whether a change is visible. */
async function isVisibleCalls(sql: pg.Client): Promise<number> {
  const { rows } = await sql.query(
    `SELECT calls::int FROM crossbar.registrations WHERE uri = 'com.example.todo.is_visible'`,
  );
  return rows[0].calls;
}

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function addList(page: Page, title: string): Promise<void> {
  await page.getByLabel('New list').fill(title);
  await page.getByLabel('New list').press('Enter');
  await page.getByRole('heading', { name: title }).waitFor();
}

async function addItem(page: Page, title: string, due = ''): Promise<void> {
  await page.getByLabel('To do').fill(title);
  await page.getByLabel('Due, if any').fill(due);
  await page.getByLabel('Due, if any').press('Enter');
}

/** The answer of a procedure to a call in the page's own session: JSON, or the error URI. */
function call(page: Page, procedure: string, args: object): Promise<string> {
  return page.evaluate(
    async ([procedure, args]) => {
      const { session } = await import('/main.js' as string);
      return session.call(procedure, args).then(JSON.stringify, ({ errorUri }: { errorUri: string }) => errorUri);
    },
    [procedure, args] as const,
  );
}

/** Waits until one of the marked elements contains all the texts. */
async function see(page: Page, testId: string, ...texts: string[]): Promise<string> {
  const what = `the page to show ${texts.join(' and ')} as ${testId}`;
  const shown = await waitFor(what, async () => {
    const all = await page.getByTestId(testId).allTextContents();
    return all.find((text) => texts.every((part) => text.includes(part)));
  });
  return shown.replace(/\s+/g, ' ').trim();
}

/** Waits until none of the marked elements contains the text. */
async function hidden(page: Page, testId: string, text: string): Promise<string> {
  const isHidden = async () =>
    !(await page.getByTestId(testId).allTextContents()).some((shown) => shown.includes(text));
  await waitFor(`the page not to show ${text} as ${testId}`, isHidden);
  return `no “${text}”`;
}
