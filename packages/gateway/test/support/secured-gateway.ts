import type { Connection, PostgresServer, TestDatabase } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { type JWTPayload, SignJWT } from 'jose';
import { type Logger, pino } from 'pino';
import { subprotocol } from '../../src/clients/wire-protocol.ts';
import { Gateway, type GatewayOptions } from '../../src/index.ts';
import { open } from './socket.ts';

export const secret = 'a secret that is long enough for HS256';

/** A token that ends in a minute, if nothing else is said. */
export function token(claims: JWTPayload): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 60;
  return new SignJWT({ exp, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
}

/** A gateway whose login is role crossbar, and its database. */
export interface SecuredGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly database: TestDatabase;
  /** The superuser's connection. */
  readonly sql: Connection;
  /** A role that the gateway may take. */
  readonly role: string;
  readonly port: number;
  /** Opens a socket with the subprotocol. */
  connect(path: string, token?: string): ReturnType<typeof open>;
}

/**
 * @param definitions SQL that the superuser runs first; `$role` is the role.
 * @param server the server; the one that all tests share if left out.
 */
export async function securedGateway(
  definitions: string,
  extra: (role: string, login: ReturnType<typeof crossbarLogin>) => Partial<GatewayOptions['extra']>,
  log: Logger = pino({ level: 'silent' }),
  server?: PostgresServer,
): Promise<SecuredGateway> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase(server));
  const sql = stack.use(await database.connect());
  const [role = ''] = stack.use(await createRoles(sql, 1)).names;
  await sql.query(`GRANT ${role} TO crossbar; CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES`);
  await sql.query(definitions.replaceAll('$role', role));
  const login = crossbarLogin(database);
  const fields = { database: login, endpoint: { type: 'tcp', port: 0 } } as const;
  const gateway = stack.use(new Gateway({ extra: { ...fields, ...extra(role, login) } }, { log }));
  await gateway.start();
  const { server: listening } = gateway.status();
  const port = listening && 'port' in listening ? listening.port : 0;
  const kept = stack.move();
  return {
    ...{ gateway, database, sql, role, port },
    connect: (path, bearer) =>
      open(`ws://127.0.0.1:${port}${path}`, [subprotocol, ...(bearer === undefined ? [] : [`bearer.${bearer}`])]),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
