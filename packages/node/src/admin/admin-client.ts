import { type RequestOptions, request } from 'node:http';
import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { counted, listeningText } from '@pgwamp/config';
import type { NodeConfiguration } from '../configuration/read-node.ts';
import { AdminUnreachableError } from '../errors.ts';

/** The summary of a worker in the answer of `/status`. */
interface WorkerSummary {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly pid?: number;
  readonly restarts: number;
  readonly urls: readonly string[];
  readonly components?: readonly {
    readonly id: string;
    readonly classname: string;
    readonly realm: string;
    readonly state: string;
    readonly status: Readonly<Record<string, unknown>>;
  }[];
}

/** The answer of `/status`. */
export interface StatusAnswer {
  readonly ready: boolean;
  readonly file: string;
  readonly pid: number;
  readonly started: string;
  readonly workers: readonly WorkerSummary[];
}

/**
 * Returns the address of the admin endpoint of a configuration.
 *
 * @throws `AdminUnreachableError` if it has none.
 */
export function adminAddress({ file, node }: NodeConfiguration): string {
  const { admin } = node.controller;
  if (!admin) throw new AdminUnreachableError(file, 'controller.admin is not configured');
  const { endpoint } = admin;
  if (endpoint.type === 'unix') return resolve(dirname(file), endpoint.path);
  return `http://${listeningText(endpoint)}`;
}

/**
 * Sends a request to an admin endpoint.
 *
 * @param address a URL, or the path of a unix socket.
 * @throws `AdminUnreachableError` if it does not answer in time, or not as an admin endpoint does.
 */
export async function fetchAdmin<Answer>(address: string, path: string): Promise<Answer> {
  const { promise, resolve: answer, reject } = Promise.withResolvers<string>();
  const asked = request({ ...whereOf(address), path, timeout: 5000 }, (response) =>
    text(response).then(answer, reject),
  );
  asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')));
  asked.on('error', reject);
  asked.end();
  const body = await promise.catch((cause: NodeJS.ErrnoException) => {
    const isNobodyThere = cause.code === 'ECONNREFUSED' || cause.code === 'ENOENT';
    const why = isNobodyThere ? `no node runs there (${cause.code}); "pgwamp start" starts one` : cause.message;
    throw new AdminUnreachableError(address, why, { cause });
  });
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new AdminUnreachableError(address, 'the server there is not the admin endpoint of a node', { cause });
  }
}

/** The request options for the address of an admin endpoint. */
export function whereOf(address: string): RequestOptions {
  if (!address.startsWith('http')) return { socketPath: address };
  const { hostname, port } = new URL(address);
  return { hostname: hostname.replaceAll(/[[\]]/g, ''), port };
}

/** The state of a node as a table. */
export function statusTable({ ready, file, pid, started, workers }: StatusAnswer): string {
  const rows = workers.flatMap(({ id, type, state, pid: worker, restarts, urls, components = [] }) => [
    [id, type, state, worker === undefined ? '' : `pid ${worker}`, counted(restarts, 'restart'), urls.join(' ')],
    ...components.map((it) => [`  ${it.id}`, it.classname, it.state, `realm ${it.realm}`, '', '']),
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const head = `${file} (pid ${pid}, since ${started}): ${ready ? 'ready' : 'not ready'}`;
  return `${[head, ...lines].join('\n')}\n`;
}
