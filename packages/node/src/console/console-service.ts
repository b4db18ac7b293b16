import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AllowedHosts } from '@pgwamp/config';
import { serveConsole } from '@pgwamp/console';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import type { ConsoleOptions } from '../configuration/node-schema.ts';
import { DatabaseViews, isAction, isSection, keyOf } from './database-views.ts';
import { isFromPage, objectIn, PageRequestError, send } from './page-requests.ts';
import type { RouterTarget } from './router-target.ts';
import { type Operator, SignIn } from './sign-in.ts';
import type { ConsoleSource } from './source.ts';
import { StateHistory } from './state-history.ts';
import { StateMemory } from './state-memory.ts';
import { StateStream } from './state-stream.ts';
import { Tail } from './tail.ts';
import type { PageWrite } from './wamp-gate.ts';
import { WampRelay } from './wamp-relay.ts';

/** The path prefix of the console. */
const base = '/console';

/** The headers of every answer that is not a file of the page. */
const headers = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** Limit of events whose commits the page may ask for at once. */
const maxCommits = 100;

/** Limit of pages that watch channels and tables at the same time. */
const maxTails = 20;

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
  readonly #stream: StateStream;
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
    const { findRouter, tour } = source;
    const [router, hasTour] = [findRouter !== undefined, tour !== undefined];
    const { realm, topics } = options;
    this.#page = serveConsole({ path: 'api/ws', realm, topics, node: true, router, tour: hasTour });
    this.#databases = new DatabaseViews(() => source.databases());
    this.#history = new StateHistory(() => this.#state());
    this.#stream = new StateStream(() => this.#stateForPage());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#history[Symbol.dispose]();
    this.#stream[Symbol.dispose]();
    this.#signIn[Symbol.dispose]();
    for (const socket of this.#sockets) socket.destroy();
    await this.#databases[Symbol.asyncDispose]();
  }

  /** Whether a request is for the console. */
  isFor({ url = '/' }: Pick<IncomingMessage, 'url'>): boolean {
    return url === base || url.startsWith(`${base}/`);
  }

  /** Answers a request below `/console`. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    // A path such as /console/../status leads out of the console.
    const path = this.isFor({ url: url.pathname }) ? url.pathname.slice(base.length) : '/..';
    // Relative, because a proxy may serve the console below another path.
    if (path === '') return void response.writeHead(308, { Location: `${base.slice(1)}/` }).end();
    if (!path.startsWith('/api/')) {
      request.url = path;
      return void this.#page(request, response);
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      await this.#serve(path.slice('/api/'.length), url, request, response);
    } catch (error) {
      send(response, error instanceof PageRequestError ? error.status : 502, { error: (error as Error).message });
    }
  }

  /** Opens the WebSocket of the page for channels and tables, or its WAMP session with a router. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    // The socket may have an error before there is an answer.
    socket.on('error', () => undefined);
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    const operator = isFromPage(request) && this.#isOwnHost(request) ? this.#signIn.operatorOf(request) : undefined;
    if (!operator) return void refuse('403 Forbidden');
    if (request.url === `${base}/api/tail`) return this.#openTail(request, socket, head, operator);
    if (request.url !== `${base}/api/ws`) return void refuse('404 Not Found');
    const { realm, writes } = this.#options;
    const address = request.socket.remoteAddress;
    const client = {
      realm,
      writes,
      ended: operator.ended,
      wrote: (write: PageWrite) =>
        this.#log.info(
          { operator: operator.name, address, ...write },
          'console: %s %s by %s',
          write.action,
          write.uri,
          operator.name,
        ),
    };
    this.#relay.open(request, socket, head, await this.#router(), client, refuse);
  }

  #openTail(request: IncomingMessage, socket: Duplex, head: Buffer, { ended }: Operator): void {
    this.#tails.handleUpgrade(request, socket, head, (opened) => {
      if (this.#tails.clients.size > maxTails) return opened.close(1013, `${maxTails} pages are open already`);
      new Tail(opened, this.#source.databases(), this.#log, ended);
    });
  }

  /** The state with the times of its changes. */
  async #state() {
    const state = await this.#source.state();
    return { ...state, times: this.#memory.take(state) };
  }

  /** The state with the names of the databases and the router of the page, which the history does not need. */
  async #stateForPage() {
    const state = await this.#state();
    const router = await this.#source.findRouter?.(this.#options.realm, state);
    const routerUrl = router && 'url' in router ? router.url : undefined;
    return { ...state, databases: this.#databases.names, routerUrl };
  }

  async #router(): Promise<RouterTarget> {
    try {
      const state = await this.#source.state();
      const found = await this.#source.findRouter?.(this.#options.realm, state);
      return found ?? { problem: 'This console reads a database alone, without a router.' };
    } catch (error) {
      return { problem: `The node does not answer: ${(error as Error).message}.` };
    }
  }

  async #serve(name: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request;
    if (!isFromPage(request) || !this.#isOwnHost(request)) {
      throw new PageRequestError(403, 'the request comes from a page of another origin');
    }
    const operator = this.#signIn.operatorOf(request);
    if (name === 'session') return this.#session(operator, request, response);
    if (!operator) throw new PageRequestError(401, 'sign in first');
    const { tour } = this.#source;
    const step = /^tour\/(\d+)$/.exec(name)?.[1];
    if (method === 'POST' && name === 'action') return this.#act(operator, request, response);
    if (method === 'POST' && tour?.steps[Number(step)]) return this.#runStep(operator, Number(step), request, response);
    if (method !== 'GET') throw new PageRequestError(404, 'not found');
    if (name === 'state') return this.#stream.open(response, operator.ended);
    if (name === 'history') return send(response, 200, this.#history.samples);
    if (name === 'rows') return this.#rows(url.searchParams, response);
    if (name === 'doctor') return send(response, 200, await this.#source.examine());
    if (name === 'trace') return this.#trace(url.searchParams, response);
    if (name === 'commits') return this.#commits(url.searchParams, response);
    if (name === 'sessions') return this.#sessions(url.searchParams, response);
    if (name === 'tour' && tour) return send(response, 200, tour.steps);
    throw new PageRequestError(404, 'not found');
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
      response.setHeader('Set-Cookie', await this.#signedIn(request, response));
    } else if (request.method === 'DELETE') {
      response.setHeader('Set-Cookie', this.#signIn.end(request));
    }
    send(response, 200, { method, operator: operator?.name, writes: this.#options.writes });
  }

  /** Signs in by the secret in a request. Returns the header `Set-Cookie`. */
  async #signedIn(request: IncomingMessage, response: ServerResponse): Promise<string> {
    const { secret } = await objectIn(request);
    const address = request.socket.remoteAddress ?? '';
    const what = this.#signIn.method === 'token' ? 'token' : 'password';
    const seconds = Math.ceil(this.#signIn.pause(address) / 1000);
    if (seconds > 0) {
      response.setHeader('Retry-After', seconds);
      throw new PageRequestError(429, `too many wrong ${what}s from this address: try again in ${seconds} s`);
    }
    const cookie = await this.#signIn.accept(typeof secret === 'string' ? secret : '', request);
    if (cookie !== undefined) return cookie;
    this.#log.warn({ address }, 'console: a sign-in was refused');
    throw new PageRequestError(403, `the ${what} is ${what === 'token' ? 'not valid' : 'wrong'}`);
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

  async #act(operator: Operator, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requireWrites();
    const { database, action, row } = await objectIn(request);
    const write = typeof action === 'string' ? this.#writeOf(action, String(database), (row ?? {}) as Row) : undefined;
    if (!write) throw new PageRequestError(404, 'no such action');
    const wasThere = await this.#logged(operator, request, String(action), write.target, write.run);
    if (!wasThere) throw new PageRequestError(409, `${write.what} no longer exists`);
    send(response, 200, {});
  }

  async #runStep(operator: Operator, index: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requireWrites();
    const { tour } = this.#source;
    const run = async () => (await tour?.run(index)) ?? '';
    send(response, 200, { result: await this.#logged(operator, request, `tour/${index + 1}`, {}, run) });
  }

  #requireWrites(): void {
    if (this.#options.writes) return;
    throw new PageRequestError(403, 'the console is read-only: set "writes": true in controller.admin.console');
  }

  /** Performs a write. Every outcome is logged, with the operator and the action; false means that its target was gone. */
  async #logged<Result>(
    { name }: Operator,
    request: IncomingMessage,
    action: string,
    target: Write['target'],
    run: () => Promise<Result>,
  ): Promise<Result> {
    const facts = { operator: name, address: request.socket.remoteAddress, action, ...target };
    try {
      const result = await run();
      this.#log.info(facts, `console: %s by %s${result === false ? ', but it no longer existed' : ''}`, action, name);
      return result;
    } catch (error) {
      this.#log.error({ ...facts, err: error }, 'console: %s by %s failed', action, name);
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
