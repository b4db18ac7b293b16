// Offers a procedure that adds: the Callee, whose function SQL has registered; or a callee by hand, with AutobahnJS and a pool;
// or one without a database.

import { transport } from '@pgwamp/core/config';
import { joinSession } from '@pgwamp/core/wamp';
import { Pool } from 'pg';
import { Callee } from 'pgwamp';
import { pino } from 'pino';
import { joinAsApplication } from '../../test/publisher/support/application-session.ts';
import { addInTransaction } from '../callee/by-hand.ts';
import type { Offer } from '../callee/stage.ts';

const { offer, procedure, url, database } = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'warn' }, pino.destination(2));

async function serveCallee(): Promise<void> {
  const callee = new Callee({ realm: 'realm1', transport: { type: 'websocket', url }, extra: { database } }, { log });
  await callee.start();
}

async function serveByHand(prepared: boolean): Promise<void> {
  const pool = new Pool({ ...database, max: 8 });
  const { session } = await joinAsApplication(url);
  await session.register(procedure, ([a, b] = []) => addInTransaction(pool, prepared, a, b));
}

async function serveEcho(): Promise<void> {
  const websocket = transport.parse({ type: 'websocket', url });
  if (websocket.type === 'session') throw new Error('expected a transport of our own');
  const onError = (error: unknown) => log.error(error);
  const session = await joinSession({ realm: 'realm1', transport: websocket, authentication: {}, onError });
  await session.register(procedure, ([a, b]) => Number(a) + Number(b));
}

const serve: Readonly<Record<Offer, () => Promise<void>>> = {
  callee: serveCallee,
  'by-hand': () => serveByHand(false),
  'by-hand-prepared': () => serveByHand(true),
  echo: serveEcho,
};
await serve[offer as Offer]();
console.log(JSON.stringify({ running: true }));
