import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { withDeadline } from '../deadline.ts';
import { freePort } from '../free-port.ts';

/** A request that a receiver has received. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The answer of a receiver. */
export interface WebhookAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Decides about the answer; there is none if the promise never resolves. */
export type AnswerRequest = (request: ReceivedRequest) => WebhookAnswer | Promise<WebhookAnswer>;

/** An HTTP server that stores received requests. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** The answer from now on; initially 204. */
  answer: AnswerRequest;
  /** Resolves when it has received this number of requests in total. */
  received(count: number): Promise<readonly ReceivedRequest[]>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const deadline = 30_000;

/**
 * Starts a receiver of webhooks.
 *
 * @param tls - key and certificate, for `https:`
 */
export async function startWebhookReceiver(tls?: ServerOptions): Promise<WebhookReceiver> {
  const port = await freePort();
  const requests: ReceivedRequest[] = [];
  const arrivals = new EventEmitter();
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    const received = { method, path: url, headers, body: await buffer(request) };
    requests.push(received);
    arrivals.emit('request');
    const { status, headers: answered = {}, body = '' } = await receiver.answer(received);
    response.writeHead(status, answered).end(body);
  };
  let server = createServer();
  const receiver: WebhookReceiver = {
    host: '127.0.0.1',
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    answer: () => ({ status: 204 }),
    async received(count) {
      const all = async () => {
        while (requests.length < count) await once(arrivals, 'request');
        return requests;
      };
      return withDeadline(all(), deadline, `${count} requests, of which ${requests.length} have come`);
    },
    async start() {
      server = tls ? createTlsServer(tls) : createServer();
      server.on('request', (request, response) => void listener(request, response).catch(() => response.destroy()));
      await once(server.listen(port, '127.0.0.1'), 'listening');
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    [Symbol.asyncDispose]: () => receiver.stop(),
  };
  await receiver.start();
  return receiver;
}
