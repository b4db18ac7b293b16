// Serves crossbar.call: a Caller; or one with a router in the same process; or a link by hand, which only passes calls on to a session in
// Node; or a link that answers every call at once, without WAMP.

import { type AsyncCall, advertise, callAsync, Link } from '@pgwamp/caller/internal';
import { database as databaseSchema } from '@pgwamp/config';
import { Connection } from '@pgwamp/core/internal/postgres';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
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

const answer: AsyncCall = async () => ({ kind: 'result', payload: '5', args: null, kwargs: null });

async function serveByHand() {
  const session = await joinByWebSocket(url);
  return serveLink(async ({ procedure, args }) => {
    const result = await session.call(procedure, JSON.parse(args));
    return { kind: 'result', payload: JSON.stringify(result.args[0]), args: null, kwargs: null };
  });
}

async function serveLink(call: AsyncCall) {
  const [realm, secret, host] = ['realm1', 'a secret of the bench', '127.0.0.1'];
  const bounds = { maxConnections: 500, maxMessageSize: 2 ** 20, authenticationTimeout: 5000 };
  const link = new Link({ host, port: 0, realm, secret, ...bounds, log }, callAsync(call));
  const port = await link.listen();
  const connection = await Connection.open(databaseSchema.parse(database), 'bench link');
  await advertise(connection, { realm, host, port, secret, tls: false });
  return { url };
}

const links = {
  caller: serveCaller,
  embedded: serveEmbedded,
  hand: serveByHand,
  bare: () => serveLink(answer),
};
const { url: reached } = await links[link as keyof typeof links]();
console.log(JSON.stringify({ running: true, url: reached }));
