import { randomBytes } from 'node:crypto';
import type { Connection, TestDatabase } from '@pgwamp/harness';
import { pino } from 'pino';
import { type Call, type CallRequest, Link } from '../../packages/caller/src/link/index.ts';
import { createSetUpDatabase } from './sql-database.ts';
import { crossbarLogin } from './sql-stage.ts';

/** A link that a test answers for, with the connection that a Caller would have. */
export interface TestLink extends AsyncDisposable {
  readonly link: Link;
  /** What was asked, in its order. */
  readonly requests: CallRequest[];
  readonly secret: string;
  /** The connection of role crossbar by which it is known to be alive. */
  readonly control: Connection;
}

/** What a test link is given, where the usual is not wanted. */
export interface TestLinkOptions {
  readonly realm?: string;
  readonly maxConnections?: number;
  readonly maxMessageSize?: number;
}

/** Opens a link on a free port and advertises it, as a Caller does. */
export async function openLink(
  database: TestDatabase,
  call: Call,
  { realm = 'realm1', maxConnections = 500, maxMessageSize = 2 ** 27 }: TestLinkOptions = {},
): Promise<TestLink> {
  await using stack = new AsyncDisposableStack();
  const secret = randomBytes(24).toString('base64url');
  const requests: CallRequest[] = [];
  const record: Call = (request, controls) => {
    requests.push(request);
    return call(request, controls);
  };
  const terms = { host: '127.0.0.1', port: 0, maxConnections, maxMessageSize, authenticationTimeout: 5000 };
  const link = stack.use(new Link({ ...terms, realm, secret, log: pino({ level: 'silent' }) }, record));
  const port = await link.listen();
  const control = stack.use(await database.connect(crossbarLogin(database)));
  await advertise(control, { realm, port, secret });
  const kept = stack.move();
  return { link, requests, secret, control, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Says where a link is, by the connection of role crossbar that has to live as long as it. */
export async function advertise(
  control: Connection,
  { realm = 'realm1', port, secret = 'secret' }: { realm?: string; port: number; secret?: string },
): Promise<void> {
  await control.query(
    `INSERT INTO crossbar._link (realm, host, port, secret, tls, process_id, backend_start)
     SELECT $1, '127.0.0.1', $2, $3, false, process_id, backend_start FROM crossbar._this_session()`,
    [realm, port, secret],
  );
}

/** From SQL to an answer: a database with one link. */
export interface CallStage extends TestLink {
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
}

/** Opens a stage whose link answers with `call`. */
export async function openCallStage(call: Call, options?: TestLinkOptions): Promise<CallStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const { link, requests, secret, control } = stack.use(await openLink(database, call, options));
  const sql = stack.use(await database.connect());
  const kept = stack.move();
  return { database, sql, link, requests, secret, control, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Answers every call with the same. */
export function returns(payload: string | null): Call {
  return async () => ({ kind: 'result', payload, args: null, kwargs: null });
}

/** Answers every call with an error. */
export function fails(error: string, args: string | null = null, kwargs: string | null = null): Call {
  return async () => ({ kind: 'error', payload: error, args, kwargs });
}
