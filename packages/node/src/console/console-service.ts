import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { AllowedHosts } from '@pgwamp/config';
import { counted } from '@pgwamp/config';
import { serveConsole } from '@pgwamp/console';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { ConsoleOptions } from '../configuration/node-schema.ts';
import { DatabaseViews, isAction, isSection, keyOf } from './database-views.ts';
import { type Operator, SignIn } from './sign-in.ts';
import type { ConsoleSource, ConsoleState } from './source.ts';
import { StateHistory } from './state-history.ts';
import { StateMemory } from './state-times.ts';
import { Tail } from './tail.ts';
import type { PageWrite } from './wamp-gate.ts';
import { WampRelay } from './wamp-relay.ts';

/** The path prefix of the console. */
const base = '/console';

/** Interval in milliseconds between two states sent to the page. */
const interval = 1000;

/** Limit of events whose commits the page may ask for at once. */
const maxCommits = 100;

/** Limit of pages that watch channels and tables at the same time. */
const maxTails = 20;

/** Limit of bytes of a request from the page. */
const limit = 64 * 1024;

/**
 * The console behind an HTTP server: the page, the state as server-sent events, the content of the databases, and WAMP
 * through a router of the node. Every request except those for the page itself requires a sign-in, if one is
 * configured. Requests that change data must come from the page's own origin, and are logged with the operator's name.
 */
export class ConsoleService implements AsyncDisposable {
  readonly #source: ConsoleSource;
  readonly #options: ConsoleOptions;
  readonly #log: Logger;
  readonly #hosts: AllowedHosts;
  readonly #signIn: SignIn;
  readonly #page: RequestListener;
  readonly #databases: DatabaseViews;
  readonly #history: StateHistory;
  readonly #memory = new StateMemory();
  readonly #tails = new WebSocketServer({ noServer: true, maxPayload: 4096 });
  readonly #relay = new WampRelay();
  /** The WebSockets of pages, which a server does not close itself. */
  readonly #sockets = new Set<Duplex>();

  constructor(source: ConsoleSource, options: ConsoleOptions, log: Logger, hosts: AllowedHosts) {
    this.#source = source;
    this.#hosts = hosts;
    this.#options = options;
    this.#log = log;
    this.#signIn = new SignIn(options);
    const { hasRouter: router = true, tour } = source;
    const { realm, topics } = options;
    this.#page = serveConsole({ path: `${base}/ws`, realm, topics, node: true, router, tour: tour !== undefined });
    this.#databases = new DatabaseViews(() => source.databases());
    this.#history = new StateHistory(() => this.#state());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#history[Symbol.dispose]();
    for (const socket of this.#sockets) socket.destroy();
    await this.#databases[Symbol.asyncDispose]();
  }

  /** Whether a request is for the console. */
  isFor({ url = '/' }: IncomingMessage): boolean {
    return url === base || url.startsWith(`${base}/`);
  }

  /** Answers a request below `/console`. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = url.pathname.slice(base.length);
    if (path === '') return void response.writeHead(308, { Location: `${base}/` }).end();
    if (!path.startsWith('/api/')) {
      request.url = path;
      return void this.#page(request, response);
    }
    response.setHeader('Cache-Control', 'no-store');
    try {
      await this.#serve(path.slice('/api/'.length), url, request, response);
    } catch (error) {
      send(response, 502, { error: (error as Error).message });
    }
  }

  /** Opens the WebSocket of the page for channels and tables, or its WAMP session with a router of the node. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    const isOwn = isSameOrigin(request) && this.#isOwnHost(request);
    const path = isOwn && this.#signIn.operatorOf(request) ? request.url : undefined;
    if (path === `${base}/tail`) return this.#openTail(request, socket, head);
    // The socket may have an error before there is an answer.
    socket.on('error', () => undefined);
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    if (path === undefined) return void refuse('403 Forbidden');
    const router = path === `${base}/ws` ? routerOf(await this.#stateOrNone()) : undefined;
    if (!router) return void refuse('503 Service Unavailable');
    const { realm, writes } = this.#options;
    const client = { realm, writes, admit: (write: PageWrite | undefined) => this.#admit(request, write) };
    this.#relay.open(request, socket, head, router, client, refuse);
  }

  /** Logs a publication or a call of a page. Returns whether the sign-in still holds. */
  #admit(request: IncomingMessage, write: PageWrite | undefined): boolean {
    const operator = this.#signIn.operatorOf(request)?.name;
    if (operator !== undefined && write) {
      const address = request.socket.remoteAddress;
      this.#log.info({ operator, address, ...write }, 'console: %s %s by %s', write.action, write.uri, operator);
    }
    return operator !== undefined;
  }

  #openTail(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#tails.handleUpgrade(request, socket, head, (opened) => {
      if (this.#tails.clients.size > maxTails)
        return opened.close(1013, `${counted(maxTails, 'page')} are open already`);
      new Tail(opened, this.#source.databases(), this.#log);
    });
  }

  async #state() {
    const state = await this.#source.state();
    return { ...state, times: this.#memory.take(state) };
  }

  async #stateOrNone(): Promise<Pick<ConsoleState, 'workers'>> {
    return this.#source.state().catch(() => ({ workers: [] }));
  }

  async #serve(name: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operator = this.#signIn.operatorOf(request);
    const isWrite = request.method === 'POST';
    if ((isWrite && !isSameOrigin(request)) || !this.#isOwnHost(request)) {
      return send(response, 403, { error: 'the request comes from a page of another origin' });
    }
    if (name === 'session') return this.#session(operator, request, response);
    if (!operator) return send(response, 401, { error: 'sign in first' });
    if (name === 'state' && !isWrite) return this.#stream(response);
    if (name === 'history' && !isWrite) return send(response, 200, this.#history.samples);
    if (name === 'rows' && !isWrite) return this.#rows(url.searchParams, response);
    if (name === 'doctor' && !isWrite) return send(response, 200, await this.#source.examine());
    if (name === 'trace' && !isWrite) return this.#trace(url.searchParams, response);
    if (name === 'commits' && !isWrite) return this.#commits(url.searchParams, response);
    if (name === 'sessions' && !isWrite) return this.#sessions(url.searchParams, response);
    if (name === 'action' && isWrite) return this.#act(operator, request, response);
    const { tour } = this.#source;
    if (name === 'tour' && tour && !isWrite) return send(response, 200, tour.steps);
    const step = /^tour\/(\d)$/.exec(name)?.[1];
    if (step && tour && isWrite) return send(response, 200, { result: await tour.run(Number(step)) });
    send(response, 404, { error: 'not found' });
  }

  /**
   * Without a sign-in, a host name that an attacker resolves to this machine would let other pages read (DNS
   * rebinding).
   */
  #isOwnHost(request: IncomingMessage): boolean {
    return this.#signIn.method !== 'none' || this.#hosts.allows(request);
  }

  /** GET reports the sign-in method and the operator, POST signs in, DELETE signs out. */
  async #session(operator: Operator | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method } = this.#signIn;
    if (request.method === 'POST') {
      const { secret } = (await bodyOf(request)) as { secret?: unknown };
      const address = request.socket.remoteAddress ?? '';
      const cookie = await this.#signIn.accept(String(secret ?? ''), address);
      if (cookie === undefined) {
        this.#log.warn({ address }, 'console: a sign-in was refused');
        return send(response, 403, { error: `the ${method === 'token' ? 'token is not valid' : 'password is wrong'}` });
      }
      response.setHeader('Set-Cookie', cookie);
    } else if (request.method === 'DELETE') {
      response.setHeader('Set-Cookie', this.#signIn.signOutCookie);
    }
    send(response, 200, { method, operator: operator?.name, writes: this.#options.writes });
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const tell = async () => {
      try {
        const state = { ...(await this.#state()), databases: this.#databases.names };
        response.write(`data: ${JSON.stringify(state)}\n\n`);
      } catch (error) {
        response.write(`event: problem\ndata: ${JSON.stringify((error as Error).message)}\n\n`);
      }
    };
    const timer = setInterval(() => void tell(), interval);
    response.once('close', () => clearInterval(timer));
    void tell();
  }

  async #rows(parameters: URLSearchParams, response: ServerResponse): Promise<void> {
    const [database = '', section = ''] = ['database', 'section'].map((name) => parameters.get(name) ?? '');
    if (!isSection(section)) return send(response, 404, { error: `unknown section ${section}` });
    send(response, 200, await this.#databases.rows(database, section));
  }

  async #trace(parameters: URLSearchParams, response: ServerResponse): Promise<void> {
    const [database = '', message = ''] = ['database', 'message'].map((name) => parameters.get(name)?.trim() ?? '');
    try {
      const find = async (key: string) => (await this.#source.findPublications?.([key]))?.[0];
      send(response, 200, await this.#databases.trace(database, message, find));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      send(response, 400, { error: error.message });
    }
  }

  /** The commit times of the transactions of events, by the publication ids of the router. */
  async #commits(parameters: URLSearchParams, response: ServerResponse): Promise<void> {
    const keys = (parameters.get('publications') ?? '').split(',').slice(0, maxCommits);
    const found = (await this.#source.findPublications?.(keys)) ?? [];
    const known = found.filter(({ realm, committedAt }) => realm === this.#options.realm && committedAt !== undefined);
    send(response, 200, Object.fromEntries(known.map(({ publication, committedAt }) => [publication, committedAt])));
  }

  async #sessions(parameters: URLSearchParams, response: ServerResponse): Promise<void> {
    const list = await this.#source.listSessions?.(this.#options.realm, parameters.get('search') ?? '');
    send(response, 200, list ?? { hasRouter: false, count: 0, sessions: [] });
  }

  /** Every outcome is logged, with the operator and the action. */
  async #act({ name }: Operator, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = request.socket.remoteAddress;
    const { database, action, row } = (await bodyOf(request)) as Record<string, unknown>;
    if (!this.#options.writes) {
      return send(response, 403, { error: 'the console is read-only: set "writes": true in controller.admin.console' });
    }
    const write = typeof action === 'string' ? this.#writeOf(action, String(database), (row ?? {}) as Row) : undefined;
    if (!write) return send(response, 404, { error: 'no such action' });
    const { target, run } = write;
    try {
      const wasThere = await run();
      const outcome = wasThere ? '' : ', but it no longer existed';
      this.#log.info({ operator: name, address, action, ...target }, `console: %s by %s${outcome}`, action, name);
      send(response, wasThere ? 200 : 409, wasThere ? {} : { error: `${write.what} no longer exists` });
    } catch (error) {
      this.#log.error(
        { operator: name, address, action, ...target, err: error },
        'console: %s by %s failed',
        action,
        name,
      );
      throw error;
    }
  }

  /** Resolves an action. The log contains the key of its target, but not its content. */
  #writeOf(action: string, database: string, row: Row): Write | undefined {
    if (action === 'sessions/close') {
      const [worker, session] = [String(row.worker), Number(row.session)];
      const { realm } = this.#options;
      const run = async () =>
        (await this.#source.closeSession?.(worker, realm, session, 'closed by an operator')) ?? false;
      return { what: 'the session', target: { worker, realm, session }, run };
    }
    if (!isAction(action)) return undefined;
    const key = keyOf(action, row);
    return { what: 'the row', target: { database, row: key }, run: () => this.#databases.act(database, action, key) };
  }
}

/** A row of the page, or its key columns. */
type Row = Readonly<Record<string, unknown>>;

/** A change that the page requests. */
interface Write {
  /** A description of the target, for the operator. */
  readonly what: string;
  /** A description of the target, for the log. */
  readonly target: Readonly<Record<string, unknown>>;
  /** Performs the change; resolves to whether the target still existed. */
  readonly run: () => Promise<boolean>;
}

/** Browsers send the origin with every request that may change data; this check does not concern other programs. */
function isSameOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin === undefined ? headers['sec-fetch-site'] === undefined : origin.replace(/^https?:\/\//, '') === host;
}

/** The first router of the node that listens for WebSockets. */
function routerOf({ workers }: Pick<ConsoleState, 'workers'>): URL | undefined {
  const urls = workers.flatMap((worker) => worker.urls ?? []);
  const found = urls.find((url) => url.startsWith('ws://'));
  return found === undefined ? undefined : new URL(found);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? limit + 1) > limit) throw new RangeError('the request is too long');
  return json(request);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
