import { type Connection, connect } from '@pgwamp/harness';
import { type Logger, pino } from 'pino';
import { type AsyncCall, callAsync } from '../../../src/link/async-call.ts';
import type { Outcome } from '../../../src/link/call.ts';
import { Link, type LinkOptions } from '../../../src/link/index.ts';

/** The secret of every link of the tests. */
export const secret = 'f6a1c0de-a-secret-that-nobody-may-ever-see';

/** A listening link and its log. */
export interface LinkStage extends AsyncDisposable {
  readonly link: Link;
  readonly port: number;
  /** Lines of JSON. */
  readonly logged: string[];
  /** Connects with node-postgres, as role crossbar to realm1 unless something else is said. */
  connect(overrides?: Parameters<typeof connect>[0]): Promise<Connection>;
}

/** Opens a link on a port of its own. */
export async function openLink(call: AsyncCall, options: Partial<LinkOptions> = {}): Promise<LinkStage> {
  const logged: string[] = [];
  const link = new Link({ ...defaults, log: logInto(logged), ...options }, callAsync(call));
  const port = await link.listen();
  const config = { host: '127.0.0.1', port, user: 'crossbar', password: secret, database: 'realm1' };
  return {
    link,
    port,
    logged,
    connect: (overrides) => connect({ ...config, ...overrides }),
    [Symbol.asyncDispose]: () => link.close(),
  };
}

const defaults = {
  host: '127.0.0.1',
  port: 0,
  secret,
  realm: 'realm1',
  maxConnections: 50,
  maxMessageSize: 16 * 1024 * 1024,
  authenticationTimeout: 5000,
};

function logInto(lines: string[]): Logger {
  return pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
}

/** An outcome that is a result. */
export function result(payload: string | null): Outcome {
  return { kind: 'result', payload, args: null, kwargs: null };
}

/** Returns the arguments of a call as its result. */
export const echo: AsyncCall = async ({ args }) => result(args);

/** The text of a query that calls. */
export function callText(
  id: number,
  args: unknown = null,
  options: object = {},
  procedure = 'com.example.procedure',
): string {
  const identity = { session_user: 'app', role: 'app', pid: 4711, forward_for: [] };
  const head = JSON.stringify(['call', id, procedure, options, identity]);
  return `${head}\n${args === null ? '' : JSON.stringify(args)}\n`;
}

/** The only row of an answer. */
export async function ask(client: Connection, text: string): Promise<Record<string, string | null>> {
  const { rows } = await client.query<Record<string, string | null>>(text);
  if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}`);
  return rows[0] ?? {};
}
