import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import { waitFor } from '@pgwamp/harness';
import { type FrameSocket, MessageType } from '@pgwamp/protocol';
import { Publisher } from '@pgwamp/publisher';
import { createRouter } from '@pgwamp/router';
import { Subscriber } from '@pgwamp/subscriber';
import { pino } from 'pino';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import type { Figure, Part } from '../report.ts';
import { filesAndFunctions } from './coverage.ts';

const program = new URL('../processes/way-peer.ts', import.meta.url);
const log = pino({ level: 'silent' });

/** A component between a database and a peer of a router. */
interface Stage {
  readonly bench: BenchDatabase;
  /** The configuration of a component. */
  readonly options: never;
  /** Tells the peer what to do. */
  tell(what: 'call' | 'publish'): void;
  /** Resolves when the peer tells of a RESULT or an EVENT. */
  told(): Promise<void>;
}

async function withStage(prepare: string, measure: (stage: Stage) => Promise<readonly Figure[]>) {
  const worker = new Worker(program);
  try {
    const [url] = await once(worker, 'message');
    await using bench = await openBenchDatabase();
    await installDelivery(bench, 'wal');
    await bench.connection.query(prepare);
    const transport = { type: 'websocket', url };
    const options = { realm: 'realm1', transport, extra: { database: databaseConfiguration(bench) } } as never;
    const tell = (what: 'call' | 'publish') => worker.postMessage(what);
    return await measure({ bench, options, tell, told: async () => void (await once(worker, 'message')) });
  } finally {
    await worker.terminate();
  }
}

const publication: Part = () =>
  withStage('', async ({ bench, options, told }) => {
    await using publisher = new Publisher(options, { log });
    await publisher.start();
    return await filesAndFunctions('a publication through the Publisher', async () => {
      const received = told();
      await bench.connection.query(`SELECT crossbar.publish('com.example.topic', '[1]')`);
      await received;
    });
  });

const call: Part = () =>
  withStage(
    `CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b';
     SELECT crossbar.register('com.example.add2', 'add2(integer,integer)', '{"run_as": "crossbar"}')`,
    async ({ options, tell, told }) => {
      await using callee = new Callee(options, { log });
      await callee.start();
      return await filesAndFunctions('a call through the Callee', () => {
        tell('call');
        return told();
      });
    },
  );

const event: Part = () =>
  withStage(
    `CREATE TABLE heard (number integer);
     CREATE FUNCTION hear(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.heard VALUES (number)';
     SELECT crossbar.subscribe('com.example.heard', 'hear(integer)', '{"run_as": "crossbar"}')`,
    async ({ bench, options, tell }) => {
      await using subscriber = new Subscriber(options, { log });
      await subscriber.start();
      let published = 0;
      const isHeard = async () => (await bench.connection.query('SELECT FROM heard')).rows.length >= published;
      return await filesAndFunctions('an event through the Subscriber', async () => {
        published += 1;
        tell('publish');
        await waitFor(isHeard, { what: 'the event to be handled' });
      });
    },
  );

const callOutOfSql: Part = () =>
  withStage(`SELECT crossbar.grant_call('public', '*')`, async ({ bench, options }) => {
    await using caller = new Caller(options, { log });
    await caller.start();
    return await filesAndFunctions('crossbar.call through the Caller', () =>
      bench.connection.query(`SELECT crossbar.call('com.example.answer')`),
    );
  });

/** CALL, INVOCATION, YIELD and RESULT between two clients in memory. */
const router: Part = async () => {
  await using served = createRouter({ realms: ['realm1'] });
  const [callee, caller] = [served.attach(), served.attach()];
  const roles = { caller: {}, callee: {} };
  for (const client of [callee, caller]) await answerOf(client, [MessageType.HELLO, 'realm1', { roles }]);
  await answerOf(callee, [MessageType.REGISTER, 1, {}, 'com.example.answer']);
  callee.onframe = (frame) => {
    const [type, id] = JSON.parse(frame);
    if (type === MessageType.INVOCATION) callee.send(JSON.stringify([MessageType.YIELD, id, {}, [42]]));
  };
  let request = 0;
  return await filesAndFunctions('a CALL and its RESULT in the router', () =>
    answerOf(caller, [MessageType.CALL, ++request, {}, 'com.example.answer', [1]]),
  );
};

function answerOf(client: FrameSocket, message: readonly unknown[]): Promise<string> {
  return new Promise((resolve) => {
    client.onframe = resolve;
    client.send(JSON.stringify(message));
  });
}

/** The lengths of the ways through our code. */
export const wayParts: Readonly<Record<string, Part>> = { publication, call, event, callOutOfSql, router };
