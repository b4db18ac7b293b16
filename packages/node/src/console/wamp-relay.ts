import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode } from '@pgwamp/protocol';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { type GateRules, judge, type PageWrite } from './wamp-gate.ts';

/** The only subprotocol: in others a frame may hold several messages. */
const subprotocol = 'wamp.2.json';

/** Bytes of a message of the page. */
const maxMessageSize = 1024 * 1024;

/** Bytes that may wait for a receiver before its sender is paused. */
const maxWaiting = 1024 * 1024;

/** The owner of a page's session. */
export interface RelayClient extends GateRules {
  /** Logs a publication or a call. Returns false if the sign-in has ended, and with it the session. */
  admit(write: PageWrite | undefined): boolean;
}

/**
 * Relays WAMP messages between pages and a router of the node, and decides about each message of a page. To the router the session is
 * that of a client on the same machine, without an origin.
 */
export class WampRelay {
  readonly #pages = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxMessageSize,
    handleProtocols: () => subprotocol,
  });

  /**
   * Takes a WebSocket of a page once the router has taken ours.
   *
   * @param url the address of the router, `ws://host:port/path`.
   * @param refuse ends the socket with a status of HTTP.
   */
  open(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    url: URL,
    client: RelayClient,
    refuse: (status: string) => void,
  ): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(subprotocol)) return void refuse('400 Bad Request');
    // The pings of the router are for the page: an answer of ours would hide that the page is gone.
    const router = new WebSocket(url, subprotocol, { autoPong: false, handshakeTimeout: 10_000 });
    const fail = () => refuse('503 Service Unavailable');
    router.on('error', fail);
    socket.once('close', () => router.close());
    router.once('open', () => {
      router.off('error', fail);
      // The event `close` follows.
      router.on('error', () => undefined);
      this.#pages.handleUpgrade(request, socket, head, (page) => connectSockets(page, router, client));
    });
  }
}

function connectSockets(page: WebSocket, router: WebSocket, client: RelayClient): void {
  page.on('message', (data, isBinary) => {
    if (isBinary) return page.close(CloseCode.UNSUPPORTED_DATA, 'expected a text frame');
    const text = String(data);
    const verdict = judge(text, client);
    if (verdict.kind === 'end') return page.close(CloseCode.POLICY_VIOLATION, verdict.reason);
    const write = verdict.kind === 'pass' ? verdict.write : undefined;
    if (!client.admit(write)) return page.close(CloseCode.POLICY_VIOLATION, 'the sign-in has ended');
    if (verdict.kind === 'refuse') pass(verdict.answer, router, page);
    else pass(text, page, router);
  });
  router.on('message', (data: RawData) => pass(String(data), router, page));
  router.on('ping', (data) => page.readyState === WebSocket.OPEN && page.ping(data));
  page.on('pong', (data) => router.readyState === WebSocket.OPEN && router.pong(data));
  router.on('close', (code, reason) => page.close(sendable(code), reason));
  page.on('close', () => router.close());
  page.on('error', () => undefined);
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
