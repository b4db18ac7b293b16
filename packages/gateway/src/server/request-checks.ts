import type { IncomingMessage } from 'node:http';
import { AllowedHosts, hostName } from '@pgwamp/config';
import { matchesAny, wildcard } from '../channels/wildcard.ts';
import type { GatewayExtra } from '../configuration.ts';
import { HttpRefusal } from './http-refusal.ts';

/** Longer headers are not compared with patterns. */
const longest = 1024;

/** Checks the origin of web pages and the host name of requests. */
export class RequestChecks {
  readonly #origins: readonly RegExp[];
  readonly #anyOrigin: boolean;
  readonly #hosts: AllowedHosts;

  constructor({ cors_origins, allowed_hosts }: Pick<GatewayExtra, 'cors_origins' | 'allowed_hosts'>) {
    this.#anyOrigin = cors_origins.includes('*');
    this.#origins = cors_origins.map((origin) => wildcard(origin, 'i'));
    this.#hosts = new AllowedHosts(allowed_hosts);
  }

  /** @throws `HttpRefusal`: 403 for the page, 421 for the name. */
  check(request: IncomingMessage): void {
    const { origin, host = '' } = request.headers;
    if (!this.#hosts.allows(request)) {
      throw new HttpRefusal(421, `allowed_hosts does not contain ${JSON.stringify(hostName(host))}`);
    }
    // A page of the gateway itself has the same origin.
    if (origin !== undefined && !this.#allows(origin) && URL.parse(origin)?.host !== host) {
      throw new HttpRefusal(403, `cors_origins does not contain the origin ${JSON.stringify(origin)}`);
    }
  }

  /** The headers that let a browser give the response to a page of another origin. */
  corsHeaders({ headers: { origin } }: IncomingMessage): Record<string, string> {
    if (origin === undefined || !this.#allows(origin)) return {};
    return { 'access-control-allow-origin': this.#anyOrigin ? '*' : origin, vary: 'Origin' };
  }

  #allows(origin: string): boolean {
    return this.#anyOrigin || (origin.length <= longest && matchesAny(this.#origins, origin));
  }
}
