import { stringify } from '@pgwamp/core/internal/wamp';
import { joinRouter } from '../cli/join-router.ts';
import type { Tour, TourStep } from '../console/source.ts';
import type { Demo } from './demo.ts';
import { realm } from './demo-node.ts';

/** The parts of the demo that the steps use. */
type Stage = Pick<Demo, 'shop' | 'publisher' | 'routerUrl'>;

/** A step with the function of its button, which returns a remark about the result. */
interface RunnableStep extends TourStep {
  run(demo: Stage): Promise<string>;
}

const insert = `INSERT INTO orders (customer, amount) VALUES ('You', 12.50)`;
const call = `SELECT crossbar.call('com.example.shipping_cost', '[120]')`;
const missed = `INSERT INTO orders (customer, amount) SELECT 'While it was dead', n FROM generate_series(1, 5) AS n`;

const steps: readonly RunnableStep[] = [
  {
    title: 'Insert a row',
    text: 'A trigger of the table orders publishes every change of a row. Nothing else is needed: no polling, and no code in the application.',
    command: insert,
    mark: 'customer="You"',
    look: 'The order of customer “You” is marked in Newest events. It arrived after the commit; a transaction that rolls back publishes nothing.',
    async run({ shop }) {
      await shop.query(insert);
      return 'INSERT 0 1';
    },
  },
  {
    title: 'Call a function',
    text: 'The function turnover of the database is registered as a procedure. Any WAMP client calls it: a browser, Python, this command.',
    command: 'pgwamp call com.example.turnover You',
    look: 'The result comes from PostgreSQL, with every digit of its numeric. The view Procedures lists the function, and has a form that calls it.',
    async run({ routerUrl }) {
      await using session = await joinRouter({ realm, router: routerUrl });
      const { args } = await session.call('com.example.turnover', ['You']);
      return stringify(args[0]);
    },
  },
  {
    title: 'Call out of SQL',
    text: 'SQL calls procedures too, and waits for the result. This one runs in JavaScript, in the process of the demo.',
    command: call,
    look: 'The cost was computed outside of the database, within the statement. An error of the procedure would be an error of the statement.',
    async run({ shop }) {
      const [row] = await shop.query<{ call: string }>(`SELECT (${call})::text AS call`);
      return row?.call ?? '';
    },
  },
  {
    title: 'Kill the Publisher, and lose nothing',
    text: 'The process that publishes is killed by SIGKILL, without a warning. Five orders come in while it is dead. The node starts it again after three seconds.',
    command: `kill -KILL publisher\n${missed}`,
    mark: 'customer="While it was dead"',
    look: 'Meanwhile the Overview shows the Publisher first, in red, and then in green. All five orders of customer “While it was dead” are marked in Newest events, in order: PostgreSQL kept them in its log for the replication slot of the Publisher.',
    async run({ shop, publisher }) {
      const killed = await publisher.processId();
      await publisher.kill();
      await shop.query(missed);
      await publisher.works();
      return `process ${killed} was killed, five rows were committed, process ${await publisher.processId()} has taken over`;
    },
  },
];

/** The tour of a demo. Steps run one after the other. */
export function guidedTour(demo: Stage): Tour {
  let running: Promise<unknown> = Promise.resolve();
  return {
    steps: steps.map(({ run: _, ...step }) => step),
    async run(index) {
      const step = steps[index];
      if (!step) throw new RangeError(`unknown step ${index}`);
      const result = running.then(() => step.run(demo));
      running = result.catch(() => undefined);
      return result;
    },
  };
}
