// Serves crossbar.call: a Caller; or one with a router in the same process; or a link that answers every call at once, without WAMP.

import { advertise, type Call, Link } from '@pgwamp/caller/internal';
import { database as databaseSchema } from '@pgwamp/config';
import { Connection } from '@pgwamp/core/internal/postgres';
import { Caller, type CallerOptions, createRouter } from 'pgwamp';
import { pino } from 'pino';

const { link, url, database } = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'warn' }, pino.destination(2));

async function serve(transport: CallerOptions['transport']): Promise<void> {
  await new Caller({ realm: 'realm1', transport, extra: { database } }, { log }).start();
}

async function serveCaller() {
  await serve({ type: 'websocket', url });
  return { url };
}

async function serveEmbedded() {
  const router = createRouter({ realms: ['realm1'] });
  await serve({ type: 'memory', router });
  return await router.listen();
}

const answer: Call = async () => ({ kind: 'result', payload: '5', args: null, kwargs: null });

async function serveBareLink() {
  const [realm, secret, host] = ['realm1', 'a secret of the bench', '127.0.0.1'];
  const bounds = { maxConnections: 500, maxMessageSize: 2 ** 20, authenticationTimeout: 5000 };
  const bare = new Link({ host, port: 0, realm, secret, ...bounds, log }, answer);
  const port = await bare.listen();
  const connection = await Connection.open(databaseSchema.parse(database), 'bench link');
  await advertise(connection, { realm, host, port, secret, tls: false });
  return { url };
}

const links = { caller: serveCaller, embedded: serveEmbedded, bare: serveBareLink };
const { url: reached } = await links[link as keyof typeof links]();
console.log(JSON.stringify({ running: true, url: reached }));
