import { setTimeout as sleep } from 'node:timers/promises';
import { clientTls, clientTlsOptions, integer, milliseconds } from '@pgwamp/config';
import { Lost, Refused } from '@pgwamp/core';
import { backoff, type Logger, OnceAMinute } from '@pgwamp/core/internal/component';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { Agent } from 'undici';
import * as z from 'zod';
import { Confirmations, type Sent } from './confirmations.ts';
import { brokerOf, load } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';
import { AccessTokens, clientCredentials } from './oauth2.ts';
import { type OpenSink, type OutgoingMessage, orderKeysOf, type SinkContext } from './sink.ts';
import { signatureHeaders, signingSecret } from './standard-webhooks.ts';

const pauses = { first: 200, max: 30_000 };
/** Limit of the pause that a server can request, in milliseconds. */
const maxRetryAfter = 3_600_000;
/** Limit of remembered URLs. */
const maxTargets = 1000;

/** A sink for HTTP endpoints; routes name a path below the URL, or nothing. */
export const webhookOptions = z.strictObject({
  kind: z.literal('webhook'),
  ...deliveryOptions,
  url: z.url({ protocol: /^https?$/ }).describe('URL of the endpoint, for example https://example.com/hooks'),
  method: z.enum(['POST', 'PUT']).default('POST').describe('the method of HTTP'),
  headers: z.record(z.string(), z.string()).default({}).describe('headers that every request has'),
  secret: signingSecret.optional().describe('secret to sign requests by Standard Webhooks: whsec_ and base64'),
  oauth2: clientCredentials.optional().describe('access tokens by client credentials'),
  connections: integer({ min: 1, max: 1024 }).default(16).describe('requests at the same time'),
  connect_timeout: milliseconds({ min: 1 }).default(10_000).describe('time limit for connecting, in milliseconds'),
  request_timeout: milliseconds({ min: 1 }).default(15_000).describe('milliseconds to wait for an answer'),
  retry_for: milliseconds()
    .default(300_000)
    .describe('time in milliseconds to retry a message before it is sent alone, and parked if that fails'),
  tls: clientTls.optional().describe('TLS: certificates to trust and to present'),
});

type Options = z.output<typeof webhookOptions>;

/** Opens a sink for an HTTP endpoint. */
export async function openWebhook(options: Options, { name, log }: SinkContext): Promise<OpenSink> {
  const { Agent } = await load(name, ['undici'], () => import('undici'));
  const tls = clientTlsOptions(options.tls, new URL(options.url).hostname, ['sinks', name, 'tls']);
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    headersTimeout: options.request_timeout,
    bodyTimeout: options.request_timeout,
    connect: { timeout: options.connect_timeout, ...tls },
  });
  const tokens = options.oauth2 && new AccessTokens(agent, options.oauth2, name);
  await tokens?.get();
  return new WebhookSink(agent, tokens, options, log);
}

class WebhookSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #agent: Agent;
  readonly #tokens: AccessTokens | undefined;
  readonly #options: Options;
  readonly #log: Logger;
  readonly #confirmations: Confirmations;
  /** The last message of each order key, which the next one waits for: concurrent requests may overtake each other. */
  readonly #keys = new Map<string, Promise<void>>();
  readonly #targets = new Map<string, Target>();
  readonly #lines = new OnceAMinute();

  constructor(agent: Agent, tokens: AccessTokens | undefined, options: Options, log: Logger) {
    this.#agent = agent;
    this.#tokens = tokens;
    this.#options = options;
    this.#log = log;
    // No timeout here: each request has a time limit, and a message may need several requests.
    this.#confirmations = new Confirmations(brokerOf(options.url), Number.POSITIVE_INFINITY);
    this.lost = this.#confirmations.lost;
    this.lost.addEventListener('abort', () => void agent.destroy().catch(ignore), { once: true });
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const sent = this.#confirmations.open();
    const keys = orderKeysOf(message);
    const before = keys.flatMap((key) => this.#keys.get(key) ?? []);
    const delivery =
      before.length > 0 ? Promise.all(before).then(() => this.#deliver(message, sent)) : this.#deliver(message, sent);
    for (const key of keys) {
      this.#keys.set(key, delivery);
      void delivery.then(() => this.#keys.get(key) === delivery && this.#keys.delete(key));
    }
    return sent.promise;
  }

  destroy(): void {
    this.#confirmations[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
  }

  /** Retries until the endpoint accepts or definitively refuses the message. It never throws. */
  async #deliver(message: OutgoingMessage, sent: Sent): Promise<void> {
    const target = this.#targetOf(message.destination);
    if (!target)
      return sent.refuse(new Refused('malformed', `${message.destination} is not a path below the URL of the sink`));
    const pause = backoff(pauses);
    const end = performance.now() + this.#options.retry_for;
    try {
      while (!this.lost.aborted) {
        const { statusCode, headers, body } = await this.#request(target, message);
        if (statusCode >= 200 && statusCode < 300) {
          await body.dump();
          return sent.confirm();
        }
        const answer = `${statusCode} ${(await body.text()).slice(0, 200)}`.trim();
        if (isForGood(statusCode)) return sent.refuse(new Refused('refused', `the endpoint answered ${answer}`));
        if (statusCode === 401) this.#tokens?.forget();
        if (performance.now() > end) throw new Lost(`the endpoint answered ${answer}`, blamesMessage(statusCode));
        const repeats = this.#lines.pass(String(statusCode));
        if (repeats !== undefined) this.#log.warn('%s answers %s; trying again', target.url, answer);
        const delay = retryAfter(headers['retry-after']);
        if (delay === undefined) await pause.wait(this.lost);
        else await sleep(delay, undefined, { signal: this.lost }).catch(ignore);
      }
    } catch (error) {
      const { message: reason, code } = error as Error & { code?: string };
      const isBlamed = error instanceof Lost && error.blamesMessage;
      if (code === 'UND_ERR_INVALID_ARG') sent.refuse(new Refused('malformed', reason, { cause: error }));
      else this.#confirmations.lose(reason || String(code), { blamesMessage: isBlamed });
    }
  }

  /**
   * The request target of a destination, cached: there are few destinations, and parsing a URL takes as long as a
   * request.
   */
  #targetOf(destination: string): Target | undefined {
    const known = this.#targets.get(destination);
    if (known) return known;
    const target = targetOf(this.#options.url, destination);
    if (this.#targets.size >= maxTargets) this.#targets.clear();
    if (target) this.#targets.set(destination, target);
    return target;
  }

  async #request({ origin, path }: Target, { id, payload, contentType, headers: others }: OutgoingMessage) {
    const { method, headers, secret } = this.#options;
    const token = await this.#tokens?.get();
    return this.#agent.request({
      ...{ origin, path, method },
      body: payload,
      headers: {
        ...others,
        ...headers,
        'content-type': contentType,
        'idempotency-key': id,
        ...signatureHeaders(id, payload, secret),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
  }
}

/** A URL, and its parts for undici. */
interface Target {
  readonly url: string;
  readonly origin: string;
  readonly path: string;
}

/** Appends a path from the data to the URL; undefined if the result is outside of the URL. */
function targetOf(base: string, path: string): Target | undefined {
  const below = base.endsWith('/') || path === '' ? base : `${base}/`;
  const url = URL.parse(`${below}${path.replace(/^\//, '')}`);
  if (!url?.href.startsWith(new URL(below).href)) return undefined;
  return { url: url.href, origin: url.origin, path: url.pathname + url.search };
}

/**
 * Whether the message itself is wrong. Other answers may change: a missing permission, a path that is deployed later, a
 * busy server.
 */
function isForGood(status: number): boolean {
  return [400, 405, 406, 409, 410, 411, 413, 414, 415, 416, 417, 422, 431, 451].includes(status);
}

/** Whether the endpoint fails because of this message rather than for all of them. */
function blamesMessage(status: number): boolean {
  return status >= 500 && ![502, 503, 504].includes(status);
}

/** The milliseconds of a Retry-After header, which contains seconds or a date. */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const delay = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(delay) ? undefined : Math.min(Math.max(delay, 0), maxRetryAfter);
}

function ignore(): void {}
