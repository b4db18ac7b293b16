// Serves crossbar.call: a Caller; or, for comparison, a link that answers every call at once, without WAMP.
import { database as databaseSchema } from '@pgwamp/core/config';
import { Connection } from '@pgwamp/core/database';
import { Caller } from 'pgwamp';
import { pino } from 'pino';
import { advertise } from '../../packages/caller/src/advertisement.ts';
import { type Call, Link } from '../../packages/caller/src/link/index.ts';

const { link, url, database } = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'warn' }, pino.destination(2));

async function serveCaller(): Promise<void> {
  const caller = new Caller({ realm: 'realm1', transport: { type: 'websocket', url }, extra: { database } }, { log });
  await caller.start();
}

const answer: Call = async () => ({ kind: 'result', payload: '5', args: null, kwargs: null });

async function serveBareLink(): Promise<void> {
  const [realm, secret, host] = ['realm1', 'a secret of the bench', '127.0.0.1'];
  const bounds = { maxConnections: 500, maxMessageSize: 2 ** 20, authenticationTimeout: 5000 };
  const bare = new Link({ host, port: 0, realm, secret, ...bounds, log }, answer);
  const port = await bare.listen();
  const connection = await Connection.open(databaseSchema.parse(database), 'bench link');
  await advertise(connection, { realm, host, port, secret, tls: false });
}

await (link === 'bare' ? serveBareLink() : serveCaller());
console.log(JSON.stringify({ running: true }));
