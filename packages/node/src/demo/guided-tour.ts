import type { IncomingMessage, ServerResponse } from 'node:http';
import { AllowedHosts } from '@pgwamp/config';
import { stringify } from '@pgwamp/core/internal/wamp';
import { joinRouter } from '../cli/join-router.ts';
import type { Demo } from './demo.ts';

/** One step of the tour, as the page shows it. */
interface TourStep {
  readonly title: string;
  /** What is about to happen, in a sentence or two. */
  readonly text: string;
  /** The SQL or the command that the button runs. */
  readonly command: string;
  /** What to look at afterwards. */
  readonly look: string;
}

/** A step, and what its button does: it returns what there is to say of it. */
interface RunnableStep extends TourStep {
  run(demo: Demo): Promise<string>;
}

const insert = `INSERT INTO orders (customer, amount) VALUES ('You', 12.50)`;
const call = `SELECT crossbar.call('com.example.shipping_cost', '[120]')`;
const missed = `INSERT INTO orders (customer, amount) SELECT 'While it was dead', n FROM generate_series(1, 5) AS n`;

const steps: readonly RunnableStep[] = [
  {
    title: 'Insert a row',
    text: 'A trigger of the table orders publishes every change of a row. Nothing else is needed: no polling, and no code in the application.',
    command: insert,
    look: 'The order of customer “You” is in Newest events. It arrived after the commit; a transaction that rolls back publishes nothing.',
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
      await using session = await joinRouter({ realm: 'realm1', router: routerUrl });
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
    text: 'The process that publishes is killed by SIGKILL, without a warning. Five orders come in while it is dead. Then it is started again.',
    command: `kill -KILL publisher\n${missed}\n# start the Publisher`,
    look: 'All five orders of customer “While it was dead” are in Newest events, in order. PostgreSQL kept them in its log for the replication slot of the Publisher.',
    async run({ shop, publisher }) {
      const { processId } = publisher;
      await publisher.kill();
      await shop.query(missed);
      await publisher.start();
      return `process ${processId} was killed, five rows were committed, process ${publisher.processId} has taken over`;
    },
  },
];

/** Pages of other origins, and names that resolve to this machine, run nothing. */
const hosts = new AllowedHosts(undefined);

/** Answers `tour` with the steps, and `tour/0` … with what a step has done. Steps run one after the other. */
export function guidedTour(demo: Demo): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  return async (request, response) => {
    const { origin, host } = request.headers;
    const isOwn = origin === undefined || origin === `http://${host}`;
    if (!hosts.allows(request) || !isOwn) return send(response, 403, { error: 'the request comes from elsewhere' });
    if (request.method === 'GET')
      return send(
        response,
        200,
        steps.map(({ run: _, ...step }) => step),
      );
    const step = steps[Number(/^\/tour\/(\d)$/.exec(request.url ?? '')?.[1])];
    if (request.method !== 'POST' || !step) return send(response, 404, { error: 'there is no such step' });
    const result = running.then(() => step.run(demo));
    running = result.catch(() => undefined);
    try {
      send(response, 200, { result: await result });
    } catch (error) {
      send(response, 500, { error: (error as Error).message });
    }
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
