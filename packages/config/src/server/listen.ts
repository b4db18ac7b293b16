import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, type ListenOptions, type Server } from 'node:net';
import { hostAndPort } from '../host-and-port.ts';

/** The address of a server, with the fields that binding needs. */
export type ListeningAddress =
  | {
      readonly type: 'tcp';
      readonly port: number;
      readonly interface?: string | undefined;
      readonly version?: 4 | 6 | undefined;
      readonly backlog?: number | undefined;
    }
  | { readonly type: 'unix'; readonly path: string; readonly backlog?: number | undefined };

/** Number of connections that may wait to be accepted. The operating system has its own limit. */
const defaultBacklog = 4096;
/** The maximum length of the path of a unix socket, in bytes. */
const longestPath = process.platform === 'linux' ? 107 : 103;

/**
 * Makes a server listen. A killed process leaves its unix socket behind, and the path can only be used again after the
 * socket is removed. This function removes such a socket, but not a socket with a listening process.
 *
 * @example
 * ```ts
 * const server = createServer();
 * await listen(server, { type: 'tcp', port: 8080 });
 * ```
 *
 * @param reusePort whether other processes may listen on the same port.
 * @throws the error of the operating system, for example `EADDRINUSE`. If a path is too long, an error with its length.
 */
export async function listen(server: Server, address: ListeningAddress, reusePort = false): Promise<void> {
  const options = { ...optionsOf(address), ...(reusePort && { reusePort }) };
  if (address.type === 'unix') assertShort(address.path);
  try {
    await bind(server, options);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (address.type === 'tcp') throw error;
    if (!isTaken || (await hasListener(address.path))) throw error;
    await unlink(address.path);
    await bind(server, options);
  }
}

const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process uses this address',
  EADDRNOTAVAIL: 'this machine does not have this address',
  EACCES: 'this user has no right to use it, as for ports below 1024',
};

/**
 * Says why a server does not listen, for a message that has the address already. The text of Node.js repeats it.
 *
 * @example
 * ```ts
 * listenProblem(error); // another process uses this address (EADDRINUSE)
 * ```
 */
export function listenProblem(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const problem = listenProblems[code];
  return problem === undefined ? message : `${problem} (${code})`;
}

/**
 * Formats the address of a server for messages: `127.0.0.1:8080`, or the path of a socket.
 *
 * @example
 * ```ts
 * listeningText({ type: 'tcp', interface: '127.0.0.1', port: 8080 }); // 127.0.0.1:8080
 * ```
 */
export function listeningText(address: ListeningAddress): string {
  return address.type === 'unix' ? address.path : hostAndPort(hostOf(address), address.port);
}

function optionsOf(address: ListeningAddress): ListenOptions {
  const { backlog = defaultBacklog } = address;
  if (address.type === 'unix') return { path: address.path, backlog };
  return { port: address.port, host: hostOf(address), backlog };
}

function hostOf({ interface: host, version }: Extract<ListeningAddress, { type: 'tcp' }>): string {
  return host ?? (version === 6 ? '::1' : '127.0.0.1');
}

/** Without this check, the operating system only reports an invalid argument, and Node.js 22 truncates the path. */
function assertShort(path: string): void {
  const size = Buffer.byteLength(path);
  if (size <= longestPath) return;
  throw new Error(`the path of a unix socket has at most ${longestPath} bytes, and this one has ${size}`);
}

async function bind(server: Server, options: ListenOptions): Promise<void> {
  server.listen(options);
  await once(server, 'listening');
}

async function hasListener(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
