import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AllowedHosts, hostName } from '@pgwamp/config';
import { webSocketOptions } from '../listening/resolve-options.ts';
import type { RouterHandle } from '../listening/router-handle.ts';
import type { WebSocketService } from '../listening/transport-options.ts';
import { refuseRequest } from '../transports/server.ts';
import { pathOf, refuseUpgrade } from '../transports/upgrade.ts';
import { WebSocketEndpoint } from '../transports/websocket-endpoint.ts';
import { bridge } from './bridge.ts';
import { type HttpService, sendText } from './http-service.ts';
import { health, metrics, nodeInfo } from './info-services.ts';
import { staticFiles } from './static-files.ts';
import type { WebService, WebTransportOptions } from './web-options.ts';

const DEFAULTS: WebTransportOptions['paths'] = { health: { type: 'health' }, metrics: { type: 'metrics' } };

function webSocket(service: WebSocketService, router: RouterHandle): HttpService {
  const endpoint = new WebSocketEndpoint(webSocketOptions(service, router));
  return {
    serve: refuseRequest,
    upgrade: (request, socket, head) => endpoint.upgrade(request, socket, head),
    close: () => endpoint.close(),
  };
}

function open(service: WebService, path: string, router: RouterHandle): HttpService {
  switch (service.type) {
    case 'websocket':
      return webSocket(service, router);
    case 'static':
      return staticFiles(service, path);
    case 'publisher':
    case 'caller':
      return bridge(service, path, router);
    case 'metrics':
      return metrics(router);
    default:
      return service.type === 'health' ? health : nodeInfo;
  }
}

/** `ws`, `/ws` and `/ws/` are equal; the root is the empty path. */
function normal(path: string): string {
  return path.replace(/^\/*/, '/').replace(/\/+$/, '');
}

interface Found {
  readonly service: HttpService;
  readonly rest: string;
}

/** The services of a web transport. The service with the longest matching path prefix handles a request. */
export class WebServices {
  readonly #services = new Map<string, HttpService>();
  readonly #hosts: AllowedHosts;
  readonly serve = (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response);
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head);

  /** @throws RouterOptionError naming the path of the wrong option */
  constructor({ paths, allowed_hosts }: WebTransportOptions, router: RouterHandle) {
    this.#hosts = new AllowedHosts(allowed_hosts);
    try {
      for (const [path, service] of Object.entries({ ...DEFAULTS, ...paths })) {
        this.#services.set(normal(path), open(service, path, router));
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The path of the first service that accepts WebSockets. */
  get webSocketPath(): string | undefined {
    const found = this.#services.entries().find(([, service]) => service.upgrade !== undefined);
    return found && (found[0] || '/');
  }

  close(): void {
    for (const service of this.#services.values()) service.close?.();
  }

  #find(request: IncomingMessage): Found | undefined {
    const whole = normal(pathOf(request));
    let path = whole;
    for (;;) {
      const service = this.#services.get(path);
      if (service !== undefined) return { service, rest: whole.slice(path.length) || '/' };
      if (path === '') return undefined;
      path = path.slice(0, path.lastIndexOf('/'));
    }
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#hosts.allows(request)) {
      const name = JSON.stringify(hostName(request.headers.host ?? ''));
      sendText(response, 421, `allowed_hosts does not contain ${name}\n`, { connection: 'close' });
      return;
    }
    const found = this.#find(request);
    if (found === undefined) sendText(response, 404, 'no service has this path\n');
    else found.service.serve(request, response, found.rest);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const service = this.#find(request)?.service;
    if (service?.upgrade === undefined) refuseUpgrade(socket, 404, 'there is no WebSocket endpoint here');
    else service.upgrade(request, socket, head);
  }
}
