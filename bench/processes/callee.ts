// Offers a procedure that adds: the Callee, whose function SQL has registered; or a callee by hand, with AutobahnJS and a pool;
// one that sends a bare query; or one without a database.

import { joinAsApplication } from '@pgwamp/harness/fixtures/application-session';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { Pool } from 'pg';
import { Callee } from 'pgwamp';
import { pino } from 'pino';
import { add, addInTransaction } from '../callee/by-hand.ts';
import type { Offer } from '../callee/stage.ts';

const { offer, procedure, url, database } = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'warn' }, pino.destination(2));

async function serveCallee(): Promise<void> {
  const callee = new Callee({ realm: 'realm1', transport: { type: 'websocket', url }, extra: { database } }, { log });
  await callee.start();
}

async function serveByHand(prepared: boolean): Promise<void> {
  const pool = new Pool({ ...database, max: 8, application_name: offer, idleTimeoutMillis: 0 });
  const { session } = await joinAsApplication(url);
  await session.register(procedure, ([a, b] = []) => addInTransaction(pool, a, b, prepared));
}

async function serveBareQuery(): Promise<void> {
  const pool = new Pool({ ...database, max: 8, application_name: offer, idleTimeoutMillis: 0 });
  const { session } = await joinAsApplication(url);
  await session.register(procedure, ([a, b] = []) => add(pool, a, b));
}

async function serveEcho(): Promise<void> {
  const session = await joinByWebSocket(url);
  await session.register(procedure, ([a, b]) => Number(a) + Number(b));
}

const serve: Readonly<Record<Offer, () => Promise<void>>> = {
  callee: serveCallee,
  'by-hand': () => serveByHand(false),
  'by-hand-prepared': () => serveByHand(true),
  'bare-query': serveBareQuery,
  echo: serveEcho,
};
await serve[offer as Offer]();
console.log(JSON.stringify({ running: true }));
