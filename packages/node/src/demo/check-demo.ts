import { stringify } from '@pgwamp/core/internal/wamp';
import { joinRouter } from '../cli/join-router.ts';
import type { Demo } from './demo.ts';
import { realm } from './demo-node.ts';
import { waitFor } from './wait-for.ts';

/** The running demo, and the events that a subscriber has received, as text. */
interface Stage extends Demo {
  readonly events: readonly string[];
}

/** A claim of the demo and its proof, which returns a remark or throws. */
interface Step {
  readonly claim: string;
  prove(stage: Stage): Promise<string>;
}

const steps: readonly Step[] = [
  {
    claim: 'PostgreSQL is running',
    async prove({ shop }) {
      const [row] = await shop.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
      return row?.version ?? '';
    },
  },
  {
    claim: 'the Publisher is installed, connected and joined',
    prove: async ({ publisher }) => `delivery "${(await publisher.status())?.delivery}"`,
  },
  {
    claim: 'the page is served',
    async prove({ url }) {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
      return url;
    },
  },
  {
    claim: 'an INSERT arrives as an event, without the column that is excluded',
    async prove({ shop, events }) {
      await shop.query(`INSERT INTO orders (customer, amount, card_number) VALUES ('Hypatia', 12.50, '4111')`);
      const event = await arrival(events, 'Hypatia');
      if (event.includes('4111')) throw new Error(`the event has the card number: ${event}`);
      return event;
    },
  },
  {
    claim: 'a transaction that rolls back publishes nothing, unless autonomous',
    async prove({ shop, events }) {
      await shop.query('BEGIN');
      await shop.query(`SELECT crossbar.publish('com.example.orders', '["rolled back"]')`);
      await shop.query(`SELECT crossbar.publish('com.example.orders', '["autonomous"]', autonomous => true)`);
      await shop.query('ROLLBACK');
      await arrival(events, 'autonomous');
      if (events.some((event) => event.includes('rolled back'))) throw new Error('what was rolled back has arrived');
      return 'one event of two';
    },
  },
  {
    claim: 'publications made while the Publisher is down arrive when it is back',
    async prove({ shop, publisher, events }) {
      await publisher.kill();
      await shop.query(`INSERT INTO orders (customer, amount) VALUES ('Archimedes', 3.14)`);
      await publisher.works();
      return arrival(events, 'Archimedes');
    },
  },
];

/**
 * Verifies the claims of the demo one by one, with a subscriber in place of a browser.
 *
 * @param print called with a line for each step, up to the first failure.
 * @returns whether all steps succeeded.
 */
export async function checkDemo(demo: Demo, print: (line: string) => void): Promise<boolean> {
  await using session = await joinRouter({ realm, router: demo.routerUrl });
  const events: string[] = [];
  await session.subscribe('com.example.orders', (args, kwargs) => void events.push(stringify([args, kwargs])));
  for (const { claim, prove } of steps) {
    try {
      print(`ok   ${claim}: ${await prove({ ...demo, events })}`);
    } catch (error) {
      print(`FAIL ${claim}: ${(error as Error).message}`);
      return false;
    }
  }
  return true;
}

function arrival(events: readonly string[], text: string): Promise<string> {
  return waitFor(`an event with ${text}`, () => events.find((event) => event.includes(text)));
}
