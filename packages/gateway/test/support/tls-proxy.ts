import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { certificate } from '@pgwamp/harness/fixtures/certificates';

/** A proxy that ends TLS, as nginx does; its disposal ends it. */
export interface TlsProxy extends AsyncDisposable {
  readonly port: number;
}

/**
 * Starts a proxy before a port of 127.0.0.1.
 *
 * @param says whether it says so by `X-Forwarded-Proto` and `X-Forwarded-Host`.
 */
export async function startTlsProxy(target: number, says: boolean): Promise<TlsProxy> {
  const server = createServer({ key: certificate('server-key'), cert: certificate('server') });
  const forwarded = (host = '') => (says ? { 'x-forwarded-proto': 'https', 'x-forwarded-host': host } : {});
  server.on('request', (incoming, outgoing) => {
    const headers = { ...incoming.headers, ...forwarded(incoming.headers.host) };
    const { method, url: path } = incoming;
    const onward = request({ host: '127.0.0.1', port: target, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.on('upgrade', (incoming, socket, head) => {
    const onward = connect(target, '127.0.0.1');
    const raw = incoming.rawHeaders;
    const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1]}`] : []));
    onward.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    onward.write(head);
    onward.pipe(socket).pipe(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
