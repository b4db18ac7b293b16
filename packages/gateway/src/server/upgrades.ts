import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { readSince } from '../channels/since.ts';
import { type OnText, type OpenedWebSocket, WebSocketConnection } from '../clients/websocket-connection.ts';
import { subprotocol } from '../clients/wire-protocol.ts';
import type { Applicant } from './admission.ts';
import { HttpRefusal } from './http-refusal.ts';
import { readTarget } from './request-target.ts';
import type { ServerContext } from './server-context.ts';

const key = /^[+/0-9A-Za-z]{22}==$/;

/** Upgrades requests to WebSockets, each as soon as LISTEN is in force for its channels. */
export class Upgrades {
  readonly #context: ServerContext;
  readonly #onText: OnText;
  readonly #webSockets: WebSocketServer;

  constructor(context: ServerContext, onText: OnText) {
    this.#context = context;
    this.#onText = onText;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // Pings are counted before they are answered.
      autoPong: false,
      maxPayload: context.extra.limits.max_frame_size,
      handleProtocols: (offered) => offered.has(subprotocol) && subprotocol,
    });
  }

  /**
   * Upgrades a request.
   *
   * @throws an error that `refusalOf` knows; then nothing was sent yet.
   */
  async upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const { checks, extra, access, admission } = this.#context;
    checkHandshake(request);
    checks.check(request);
    const { channels, since } = readTarget(request, extra);
    const isPlain = !offersSubprotocol(request);
    if (channels === undefined)
      throw new HttpRefusal(404, `not found; channels are at ${extra.base_path}${extra.path}`);
    if (isPlain && channels.length !== 1) {
      throw new HttpRefusal(400, `name one channel, or use the subprotocol ${subprotocol} for several`);
    }
    const already = since === undefined ? undefined : readSince(since);
    if (since !== undefined && already === undefined) throw new HttpRefusal(400, 'since: expected an id of a gateway');
    const client = await access.authenticate(request);
    const gone = new AbortController();
    const abort = () => gone.abort();
    socket.once('close', abort);
    let connection: WebSocketConnection | undefined;
    const expelled: Parameters<Applicant['expel']>[] = [];
    const expel: Applicant['expel'] = (...channel) => {
      if (connection) connection.expel(...channel);
      else expelled.push(channel);
    };
    const memberships = await admission.admit(channels, { client, isPlain, gone: gone.signal, expel });
    socket.off('close', abort);
    // The handshake response, missed messages and `listening` are sent together.
    socket.cork();
    try {
      connection = this.#open(request, socket, head, { client, isPlain });
      if (connection === undefined) {
        for (const membership of memberships) admission.giveBack(membership);
        return;
      }
      connection.join(memberships, already);
      for (const channel of expelled) connection.expel(...channel);
    } finally {
      socket.uncork();
    }
  }

  /** Undefined if the client has disconnected in the meantime, or `ws` refuses the request. */
  #open(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    who: Pick<OpenedWebSocket, 'client' | 'isPlain'>,
  ): WebSocketConnection | undefined {
    let connection: WebSocketConnection | undefined;
    const opened = { socket, onText: this.#onText, ...who };
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      connection = new WebSocketConnection(webSocket, opened, this.#context.terms);
    });
    return connection;
  }
}

/** @throws `HttpRefusal` if the request is not a valid WebSocket handshake; `ws` would answer too late. */
function checkHandshake({ method, headers, httpVersion }: IncomingMessage): void {
  const version = headers['sec-websocket-version'];
  if (httpVersion !== '1.1') throw new HttpRefusal(400, `a WebSocket requires HTTP/1.1, found HTTP/${httpVersion}`);
  if (method !== 'GET') throw new HttpRefusal(405, 'a WebSocket requires GET', { allow: 'GET' });
  if (headers.upgrade?.toLowerCase() !== 'websocket') throw upgradeRequired();
  if (version !== '13') {
    throw new HttpRefusal(400, `version ${version} of WebSocket is not supported`, { 'sec-websocket-version': '13' });
  }
  if (!key.test(headers['sec-websocket-key'] ?? '')) throw new HttpRefusal(400, 'Sec-WebSocket-Key is wrong');
}

/** The response of a channel to a request that is neither a WebSocket upgrade nor for server-sent events. */
export function upgradeRequired(): HttpRefusal {
  const message = 'this is a channel: open it as a WebSocket, or with Accept: text/event-stream';
  return new HttpRefusal(426, message, { upgrade: 'websocket' });
}

function offersSubprotocol({ headers }: IncomingMessage): boolean {
  const offered = headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === subprotocol);
}
