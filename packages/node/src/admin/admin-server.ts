import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AllowedHosts, hostAndPort, hostName, listen, listeningText } from '@pgwamp/config';
import { effectiveValues } from '../configuration/effective.ts';
import type { AdminOptions, ConsoleOptions } from '../configuration/node-schema.ts';
import { type ClientLimits, closeConsole, createGuardedHttp } from '../console/console-http.ts';
import type { ConsoleService } from '../console/console-service.ts';
import { AdminListenError } from '../errors.ts';
import type { Log } from '../supervisor/log.ts';
import { type NodeHost, withoutMetrics } from '../supervisor/node-host.ts';
import { metricsText } from './metrics-text.ts';

/** The answer of one path. */
interface Answer {
  readonly status: number;
  /** Text, or a value to be sent as JSON. */
  readonly body: unknown;
}

/** The answers, by path. `/live` answers as long as the process runs; `/ready` fails until everything works. */
const services: Readonly<Record<string, (host: NodeHost) => Promise<Answer> | Answer>> = {
  '/live': () => ({ status: 200, body: 'live\n' }),
  '/ready': async (host) => {
    const { ready, workers } = await host.status();
    const states = workers.map(({ id, state, report }) => ({
      id,
      state,
      components: report?.components.map((component) => ({ id: component.id, state: component.state })),
    }));
    return { status: ready ? 200 : 503, body: { ready, workers: states } };
  },
  '/metrics': async (host) => ({ status: 200, body: metricsText(await host.status(true)) }),
  '/status': async (host) => ({ status: 200, body: withoutMetrics(await host.status()) }),
  '/config': (host) => ({ status: 200, body: effectiveValues(host.configuration) }),
};

/** The admin endpoint of a node: health, metrics, status and the configuration in force. */
export class AdminServer implements AsyncDisposable {
  readonly #host: NodeHost;
  readonly #log: Log['logger'];
  #options: AdminOptions | undefined;
  #hosts = new AllowedHosts(undefined);
  #server: Server | undefined;
  #console: ConsoleService | undefined;
  readonly #limits: Partial<ClientLimits>;

  constructor(host: NodeHost, log: Log['logger'], limits: Partial<ClientLimits> = {}) {
    this.#host = host;
    this.#log = log;
    this.#limits = limits;
  }

  /** The address that it listens on: a URL, or the path of a unix socket. */
  get address(): string | undefined {
    const address = this.#server?.address();
    if (typeof address !== 'object' || !address) return address ?? undefined;
    return `http://${hostAndPort(address.address, address.port)}`;
  }

  /**
   * Listens on the configured address only.
   *
   * @throws `AdminListenError` if it cannot; then it keeps its former address.
   */
  async listen(options: AdminOptions | undefined): Promise<void> {
    if (isDeepStrictEqual(options, this.#options)) return;
    const [formerServer, formerConsole] = [this.#server, this.#console];
    const hosts = new AllowedHosts(options?.allowed_hosts);
    const page = options?.console && (await this.#openConsole(options.console, hosts));
    // Its address cannot be opened twice.
    const isSameAddress = isDeepStrictEqual(options?.endpoint, this.#options?.endpoint);
    if (!isSameAddress) this.#server = options && (await this.#open(options));
    this.#hosts = hosts;
    this.#console = page;
    this.#server?.removeAllListeners('upgrade');
    if (page) this.#server?.on('upgrade', (request, socket, head) => void page.upgrade(request, socket, head));
    this.#options = options;
    if (isSameAddress) await formerConsole?.[Symbol.asyncDispose]();
    else if (formerServer) await closeConsole(formerServer, formerConsole);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server) await closeConsole(this.#server, this.#console);
  }

  /** Loaded on demand: a node without a console starts faster. */
  async #openConsole(options: ConsoleOptions, hosts: AllowedHosts): Promise<ConsoleService> {
    const { ConsoleService } = await import('../console/console-service.ts');
    const { nodeSource } = await import('../console/node-source.ts');
    return new ConsoleService(nodeSource(this.#host), options, this.#log, hosts);
  }

  async #open({ endpoint }: AdminOptions): Promise<Server> {
    const server = createGuardedHttp((request, response) => {
      if (this.#console?.isFor(request)) return void this.#console.answer(request, response);
      if (this.#hosts.allows(request)) return void this.#answer(request, response);
      const name = JSON.stringify(hostName(request.headers.host ?? ''));
      send(response, { status: 421, body: `controller.admin.allowed_hosts does not contain ${name}\n` });
    }, this.#limits);
    const { folder } = this.#host.configuration;
    const where = endpoint.type === 'unix' ? { ...endpoint, path: resolve(folder, endpoint.path) } : endpoint;
    try {
      await listen(server, where);
    } catch (error) {
      throw new AdminListenError(listeningText(where), error as Error);
    }
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const service = services[(request.url ?? '/').replace(/\?.*$/s, '')];
    if (!service) return send(response, { status: 404, body: `there is ${Object.keys(services).join(', ')}\n` });
    if (request.method !== 'GET') return send(response, { status: 405, body: 'GET only\n' });
    send(response, await service(this.#host));
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json' });
  response.end(isText ? body : `${JSON.stringify(body)}\n`);
}
