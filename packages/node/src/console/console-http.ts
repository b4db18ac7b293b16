import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { ConsoleService } from './console-service.ts';

/** Time limit in milliseconds for a client to send a request. */
export const requestTimeout = 20_000;

/** A server for the console only, whose root redirects to the page; it does not listen yet. */
export function createConsoleHttp(service: ConsoleService): Server {
  const server = createServer({ requestTimeout }, (request, response) => {
    if (service.isFor(request)) return void service.answer(request, response);
    const isRoot = request.url === '/';
    response.writeHead(isRoot ? 302 : 404, isRoot ? { Location: '/console/' } : {}).end();
  });
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
