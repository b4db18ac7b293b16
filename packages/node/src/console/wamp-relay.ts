import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { dialUrl, explain } from '@pgwamp/core/internal/wamp';
import { CloseCode, MessageType } from '@pgwamp/protocol';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { tooManyPages } from './page-requests.ts';
import type { RouterTarget } from './router-target.ts';
import { type GateRules, judge, type PageWrite } from './wamp-gate.ts';

/** The only subprotocol: in others a frame may hold several messages. */
const subprotocol = 'wamp.2.json';

/** Bytes of a message of the page. */
const maxMessageSize = 1024 * 1024;

/** Bytes that may wait for a receiver before its sender is paused. */
const maxWaiting = 1024 * 1024;

/** Limit of pages that have a session at the same time. */
const maxPages = 100;

/** Time limit in milliseconds for a router to take a WebSocket. */
const patience = 10_000;

/** The owner of a page's session. */
export interface RelayClient extends GateRules {
  /** Aborts when the sign-in ends, and with it the session. */
  readonly ended: AbortSignal;
  /** Called with each publication and call before it is passed on. */
  wrote(write: PageWrite): void;
}

/**
 * Relays WAMP messages between pages and a router, and decides about each message of a page. To the router the session
 * is that of a client on this machine, without an origin.
 */
export class WampRelay {
  readonly #pages = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageSize,
    handleProtocols: () => subprotocol,
  });

  /**
   * Takes a WebSocket of a page once the router has taken ours. Without a router the page receives an ABORT that says
   * why.
   *
   * @param refuse ends the socket with a status of HTTP.
   */
  open(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    target: RouterTarget,
    client: RelayClient,
    refuse: (status: string) => void,
  ): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(subprotocol)) return void refuse('400 Bad Request');
    const accept = (use: (page: WebSocket) => void) => this.#pages.handleUpgrade(request, socket, head, use);
    const abort = (message: string) => accept((page) => abortPage(page, message));
    if (this.#pages.clients.size >= maxPages) {
      return void abort(`${tooManyPages(maxPages)}.`);
    }
    if ('problem' in target) return void abort(target.problem);
    const router = openRouter(target);
    const fail = (error: Error) => abort(`The router at ${target.url} cannot be reached: ${explain(error)}.`);
    router.on('error', fail);
    socket.once('close', () => router.close());
    router.once('open', () => {
      router.off('error', fail);
      // The event `close` follows.
      router.on('error', () => undefined);
      accept((page) => connectSockets(page, router, client));
    });
  }
}

function abortPage(page: WebSocket, message: string): void {
  page.on('error', () => undefined);
  page.send(JSON.stringify([MessageType.ABORT, { message }, 'pgwamp.error.no_router']));
  page.close(CloseCode.NORMAL);
}

function openRouter({ url, endpoint }: Exclude<RouterTarget, { problem: string }>): WebSocket {
  let socket: Socket | undefined;
  // The pings of the router are for the page: an answer of ours would hide that the page is gone.
  const router = new WebSocket(url, subprotocol, {
    autoPong: false,
    createConnection: () => {
      socket = dialUrl(url, endpoint, patience / 1000);
      return socket;
    },
  });
  // The option handshakeTimeout of `ws` has no effect on a connection that `ws` has not created itself.
  const late = () => socket?.destroy(new Error(`no WebSocket within ${patience} ms`));
  const timer = setTimeout(late, patience);
  const stop = () => clearTimeout(timer);
  return router.once('open', stop).once('close', stop);
}

function connectSockets(page: WebSocket, router: WebSocket, client: RelayClient): void {
  const { ended } = client;
  const end = () => {
    page.close(CloseCode.POLICY_VIOLATION, 'the sign-in has ended');
    router.close();
  };
  ended.addEventListener('abort', end);
  page.on('message', (data, isBinary) => {
    if (ended.aborted) return;
    if (isBinary) return page.close(CloseCode.UNSUPPORTED_DATA, 'expected a text frame');
    const text = String(data);
    const verdict = judge(text, client);
    if (verdict.kind === 'end') return page.close(CloseCode.POLICY_VIOLATION, verdict.reason);
    if (verdict.kind === 'refuse') return pass(verdict.answer, router, page);
    if (verdict.write) client.wrote(verdict.write);
    pass(text, page, router);
  });
  router.on('message', (data: RawData) => pass(String(data), router, page));
  router.on('ping', (data) => page.readyState === WebSocket.OPEN && page.ping(data));
  page.on('pong', (data) => router.readyState === WebSocket.OPEN && router.pong(data));
  router.on('close', (code, reason) => page.close(sendable(code), reason));
  page.on('close', () => {
    ended.removeEventListener('abort', end);
    router.close();
  });
  page.on('error', () => undefined);
  // It may have ended while the router was connected.
  if (ended.aborted) end();
}

/** Sends a text, and pauses its source while the target does not take it. */
function pass(text: string, source: WebSocket, target: WebSocket): void {
  if (target.readyState !== WebSocket.OPEN) return;
  target.send(text, () => target.bufferedAmount < maxWaiting && source.resume());
  if (target.bufferedAmount >= maxWaiting) source.pause();
}

/** The codes of a close without a frame cannot be sent on. */
function sendable(code: number): number {
  return code === 1005 || code === CloseCode.ABNORMAL ? CloseCode.GOING_AWAY : code;
}
