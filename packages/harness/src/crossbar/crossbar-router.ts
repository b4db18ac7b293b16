import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  AttachOptions,
  FrameSocket,
  Listener,
  ListenOptions,
  RealmInfo,
  Router,
  RouterStats,
} from '@pgwamp/router';
import { WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../free-port.ts';
import { startCrossbar } from './start-crossbar.ts';

/** The environment variable with the port of the Crossbar.io of a test run; without it, tests use pgwamp's router. */
export const crossbarVariable = 'PGWAMP_TEST_CROSSBAR';

/**
 * The routers of a test process use these realms in turn, so that the sessions of one are gone long before its realm is
 * reused.
 */
const realmsOfProcess = 40;
const processes = 2;
const roles = ['anonymous', 'clerk', 'stranger'];
const subprotocol = 'wamp.2.json';
/** The starts of the messages with which Crossbar.io starts and ends a session. */
const welcome = '[2,';
const goodbye = '[6,';

let turn = 0;

function realmName(process: number, index: number): string {
  return `test.${process}.${index}`;
}

/** Starts a Crossbar.io for a test run and passes its port to the child processes. */
export async function lendCrossbar(): Promise<AsyncDisposable> {
  const port = await freePort();
  const allow = { call: true, register: true, publish: true, subscribe: true };
  const permissions = [{ uri: '', match: 'prefix', allow, disclose: { caller: true, publisher: true }, cache: true }];
  const names = Array.from({ length: processes }, (_, process) =>
    Array.from({ length: realmsOfProcess }, (_, index) => realmName(process, index)),
  );
  const realms = names.flat().map((name) => ({ name, roles: roles.map((role) => ({ name: role, permissions })) }));
  const paths = roles.map((role) => [role, { type: 'websocket', auth: { anonymous: { type: 'static', role } } }]);
  const endpoint = { type: 'tcp', interface: '127.0.0.1', port };
  const transports = [{ type: 'web', endpoint, paths: Object.fromEntries(paths) }];
  const crossbar = await startCrossbar({ realms, transports }, { port, path: 'anonymous' });
  process.env[crossbarVariable] = String(port);
  return crossbar;
}

/**
 * A real Crossbar.io instead of pgwamp's router. Each attached client is connected to a realm of its own there,
 * regardless of the realm in its HELLO, and listeners forward to it. It is closed by closing all connections.
 */
export class CrossbarRouter implements Router {
  readonly #port: number;
  readonly #realm = realmName(Number(process.env.MOCHA_WORKER_ID ?? 0) % processes, turn++ % realmsOfProcess);
  readonly #connections = new Set<CrossbarConnection>();
  readonly #servers = new Set<AsyncDisposable>();

  constructor(port: number) {
    this.#port = port;
  }

  attach({ authrole: wanted = 'anonymous' }: AttachOptions = {}): FrameSocket {
    // Crossbar.io reserves that name; here every role may do everything.
    const authrole = wanted === 'trusted' ? 'anonymous' : wanted;
    if (!roles.includes(authrole)) throw new Error(`unknown role ${authrole} in the realms of the tests`);
    const connection = new CrossbarConnection(`ws://127.0.0.1:${this.#port}/${authrole}`, this.#realm);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    return connection;
  }

  /** Accepts WebSockets and forwards their frames to and from Crossbar.io. */
  async listen(options: ListenOptions = {}): Promise<Listener> {
    const { type = 'websocket', port = 0 } = options as { type?: string; port?: number };
    if (type !== 'websocket') throw new Error(`a test with a transport of type ${type} requires pgwamp's router`);
    const http = createServer();
    const sockets = new WebSocketServer({ server: http, handleProtocols: () => subprotocol });
    sockets.on('connection', (socket) => this.#relay(socket));
    http.listen(port, '127.0.0.1');
    await once(http, 'listening');
    const { port: bound } = http.address() as AddressInfo;
    const close = async () => {
      for (const socket of sockets.clients) socket.terminate();
      http.close();
      await once(http, 'close');
    };
    this.#servers.add({ [Symbol.asyncDispose]: close });
    return { url: `ws://127.0.0.1:${bound}/ws`, port: bound, close } as unknown as Listener;
  }

  realm(): RealmInfo {
    throw new Error("a test that inspects a realm requires pgwamp's router");
  }

  /** Only sessions are counted; a test that needs other counters requires pgwamp's router. */
  stats(): RouterStats {
    const sessions = [...this.#connections].filter(({ hasJoined }) => hasJoined).length;
    return { sessions } as RouterStats;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
    this.#servers.clear();
    for (const connection of this.#connections) connection.close();
    await Promise.all([...this.#connections].map(({ closed }) => closed));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #relay(socket: WebSocket): void {
    const connection = this.attach();
    socket.on('message', (data) => connection.send(String(data)));
    socket.on('close', () => connection.close());
    connection.onframe = (frame) => socket.send(frame);
    connection.onclose = () => socket.close();
  }
}

/** A connection to Crossbar.io with the interface of one to a router in the same process. */
class CrossbarConnection implements FrameSocket {
  onframe: (frame: string) => void = () => {};
  onclose: (code: number, reason: string) => void = () => {};
  onwritable: () => void = () => {};
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #realm: string;
  #waiting: string[] | undefined = [];
  #unsent = 0;
  #joined = false;

  constructor(url: string, realm: string) {
    this.#realm = realm;
    this.#socket = new WebSocket(url, subprotocol, { perMessageDeflate: false });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#socket.on('open', () => this.#open());
    this.#socket.on('message', (data) => this.#receive(String(data)));
    this.#socket.on('close', (code, reason) => {
      resolve();
      this.onclose(code, String(reason));
    });
    // The event 'close' reports it as well.
    this.#socket.on('error', () => {});
  }

  get bufferedAmount(): number {
    return this.#unsent;
  }

  /** Whether a session has joined over it and has not left. */
  get hasJoined(): boolean {
    return this.#joined;
  }

  send(frame: string): void {
    if (this.#socket.readyState > WebSocket.OPEN) throw new Error('the connection to Crossbar.io is closed');
    this.#unsent += frame.length;
    const own = frame.replace(/^\[1,"[^"]*"/, `[1,"${this.#realm}"`);
    if (this.#waiting) this.#waiting.push(own);
    else this.#write(own, frame.length);
  }

  close(): void {
    this.#socket.close();
    this.resume();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #receive(frame: string): void {
    if (frame.startsWith(welcome)) this.#joined = true;
    else if (frame.startsWith(goodbye)) this.#joined = false;
    this.onframe(frame);
  }

  #open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const frame of waiting) this.#write(frame, frame.length);
  }

  #write(frame: string, size: number): void {
    this.#socket.send(frame, () => {
      this.#unsent = Math.max(0, this.#unsent - size);
      if (this.#unsent === 0) this.onwritable();
    });
  }
}
