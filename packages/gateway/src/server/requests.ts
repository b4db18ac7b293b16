import type { IncomingMessage, ServerResponse } from 'node:http';
import { readSince } from '../channels/since.ts';
import { EventStreamConnection } from '../clients/event-stream-connection.ts';
import type { Applicant } from './admission.ts';
import { HttpRefusal, unavailable } from './http-refusal.ts';
import { type RequestTarget, readTarget } from './request-target.ts';
import type { ServerContext } from './server-context.ts';
import { upgradeRequired } from './upgrades.ts';

/** Answers requests other than WebSocket upgrades: server-sent events, `/health`, and pages. */
export class Requests {
  readonly #context: ServerContext;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /**
   * Answers a request.
   *
   * @throws an error that `refusalOf` knows; then nothing was sent yet.
   */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { checks, extra, pages } = this.#context;
    checks.check(request);
    const target = readTarget(request, extra);
    const { method = '' } = request;
    for (const [name, value] of Object.entries(checks.corsHeaders(request))) response.setHeader(name, value);
    if (method === 'OPTIONS') return preflight(response);
    if (method !== 'GET' && method !== 'HEAD') {
      throw new HttpRefusal(405, `${method} is not allowed here`, { allow: 'GET, HEAD, OPTIONS' });
    }
    if (target.channels && method === 'GET' && acceptsEvents(request)) return this.#stream(request, response, target);
    if (target.path === `${extra.base_path}/health`) return this.#health(response);
    const page = pages?.answer(target.path, request);
    if (page) {
      response.writeHead(page.status, { ...page.headers, 'content-length': page.body.length }).end(page.body);
      return;
    }
    if (target.channels) throw upgradeRequired();
    throw new HttpRefusal(404, `not found; channels are at ${extra.base_path}${extra.path}`);
  }

  async #stream(request: IncomingMessage, response: ServerResponse, target: RequestTarget): Promise<void> {
    const { access, admission, terms } = this.#context;
    const { channels = [], since } = target;
    if (channels.length === 0) throw new HttpRefusal(400, 'name a channel, in the path or by ?channel=');
    // A browser would repeat a wrong Last-Event-ID forever, so it causes a gap instead of an error.
    const already = since === undefined ? undefined : (readSince(since) ?? { notification: undefined, log: undefined });
    const client = await access.authenticate(request);
    const gone = new AbortController();
    const abort = () => gone.abort();
    response.once('close', abort);
    let connection: EventStreamConnection | undefined;
    const expelled: Parameters<Applicant['expel']>[] = [];
    const expel: Applicant['expel'] = (...channel) => {
      if (connection) connection.expel(...channel);
      else expelled.push(channel);
    };
    const memberships = await admission.admit(channels, { client, gone: gone.signal, expel });
    response.off('close', abort);
    if (response.destroyed) {
      for (const membership of memberships) admission.giveBack(membership);
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Otherwise nginx would buffer events.
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    const isMixed = new Set(memberships.map(({ channel }) => channel.isOfLog)).size > 1;
    connection = new EventStreamConnection(response, { client, isMixed }, terms);
    connection.join(memberships, already);
    for (const channel of expelled) connection.expel(...channel);
  }

  #health(response: ServerResponse): void {
    const { ok, ...fields } = this.#context.health();
    const refusal = ok ? undefined : unavailable('');
    const body = JSON.stringify({ status: ok ? 'ok' : 'unavailable', ...fields });
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...refusal?.headers };
    response.writeHead(refusal?.status ?? 200, headers).end(body);
  }
}

function preflight(response: ServerResponse): void {
  const headers = {
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': 'authorization, last-event-id',
    'access-control-max-age': '86400',
  };
  response.writeHead(204, headers).end();
}

/** A quality of 0 means that the client does not accept the type. */
function acceptsEvents({ headers }: IncomingMessage): boolean {
  return (headers.accept ?? '').split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'text/event-stream' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}
