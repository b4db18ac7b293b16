import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Passes a WebSocket of the page on to a router of the node. The page has been let in already, so the router is not told of its
 * origin: to the router this is a client on the same machine.
 *
 * @param url where the router listens, `ws://host:port/path`.
 */
export function proxyWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): void {
  const router = connect({ host: url.hostname.replaceAll(/[[\]]/g, ''), port: Number(url.port || 80) });
  router.once('connect', () => {
    router.write(`GET ${url.pathname} HTTP/1.1\r\n${headerLines(request, url)}\r\n`);
    router.write(head);
    socket.pipe(router).pipe(socket);
  });
  // The end of one is the end of the other; which of them has failed, and why, the page sees as a lost connection.
  const end = () => {
    socket.destroy();
    router.destroy();
  };
  for (const stream of [socket, router]) stream.on('error', end).on('close', end);
}

function headerLines({ rawHeaders }: IncomingMessage, { host }: URL): string {
  const lines = [`Host: ${host}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value] = rawHeaders.slice(index, index + 2);
    if (!/^(host|origin|cookie)$/i.test(name)) lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}
