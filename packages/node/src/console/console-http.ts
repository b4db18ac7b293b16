import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { AddressLimits, requestLimits } from '@pgwamp/config';
import type { ConsoleService } from './console-service.ts';

/** Limits of clients, of which some may do harm. */
export interface ClientLimits {
  /** Time limit in milliseconds for a client to send a request. */
  readonly timeout: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

/** One address cannot take all connections, so monitors at other addresses still have an answer. */
const defaultLimits: ClientLimits = { timeout: 20_000, maxConnections: 2000, maxConnectionsPerAddress: 1000 };

/** An HTTP server for operators and monitors, which closes the connections of clients beyond the limits. */
export function createGuardedHttp(answer: RequestListener, limits: Partial<ClientLimits> = {}): Server {
  const { timeout, maxConnections, maxConnectionsPerAddress } = { ...defaultLimits, ...limits };
  const server = createServer(requestLimits(timeout), answer);
  new AddressLimits(maxConnections, maxConnectionsPerAddress).guard(server);
  return server;
}

/** A server for the console only, whose root redirects to the page; it does not listen yet. */
export function createConsoleHttp(service: ConsoleService, limits: Partial<ClientLimits> = {}): Server {
  const server = createGuardedHttp((request, response) => {
    if (service.isFor(request)) return void service.answer(request, response);
    const isRoot = request.url === '/';
    response.writeHead(isRoot ? 302 : 404, isRoot ? { Location: 'console/' } : {}).end();
  }, limits);
  server.on('upgrade', (request, socket, head) => void service.upgrade(request, socket, head));
  return server;
}

/** Closes a server and its console, also if pages are open. */
export async function closeConsole(server: Server, service: ConsoleService | undefined): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await Promise.all([closed, service?.[Symbol.asyncDispose]()]);
}
