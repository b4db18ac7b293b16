import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { BrokerRefusedError, BrokerUnreachableError } from '../errors.ts';

/** The options of the OAuth 2.0 client credentials grant. */
export const clientCredentials = z.strictObject({
  token_url: z.url({ protocol: /^https?$/ }).describe('URL that issues access tokens'),
  client_id: z.string().min(1).describe('the id of the client'),
  client_secret: z.string().min(1).describe('the secret of the client'),
  scope: z.string().min(1).optional().describe('scopes, separated by blanks'),
  audience: z.string().min(1).optional().describe('audience of the token, if the server needs it'),
});

type ClientCredentials = z.output<typeof clientCredentials>;

/** A token is renewed this many milliseconds before it expires. */
const margin = 30_000;
/** The default lifetime in seconds, if the server does not report one. */
const usualSeconds = 300;

/**
 * Access tokens from client credentials. A token is used until it is about to expire, and requested once for concurrent
 * users.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 */
export class AccessTokens {
  readonly #agent: Dispatcher;
  readonly #options: ClientCredentials;
  readonly #sink: string;
  #token: Promise<string> | undefined;
  #expires = Number.POSITIVE_INFINITY;

  constructor(agent: Dispatcher, options: ClientCredentials, sink: string) {
    this.#agent = agent;
    this.#options = options;
    this.#sink = sink;
  }

  /** @throws `BrokerRefusedError` if the credentials are wrong, `BrokerUnreachableError` if the server cannot be reached. */
  get(): Promise<string> {
    if (performance.now() > this.#expires) this.forget();
    this.#token ??= this.#ask().catch((error: unknown) => {
      this.forget();
      throw error;
    });
    return this.#token;
  }

  /** Discards the present token, which is no longer valid. */
  forget(): void {
    this.#token = undefined;
    this.#expires = Number.POSITIVE_INFINITY;
  }

  async #ask(): Promise<string> {
    const { token_url: url, client_id: id, client_secret: secret, scope, audience } = this.#options;
    const { origin, pathname, search } = new URL(url);
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope !== undefined && { scope }),
      ...(audience !== undefined && { audience }),
    });
    const authorization = `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const request = { origin, path: pathname + search, method: 'POST', headers, body: form.toString() } as const;
    const { statusCode, body } = await this.#agent.request(request).catch((error: Error) => {
      throw new BrokerUnreachableError(this.#sink, origin, error.message, { cause: error });
    });
    const text = await body.text();
    if (statusCode === 400 || statusCode === 401 || statusCode === 403) {
      throw new BrokerRefusedError(this.#sink, url, `${statusCode} ${text.slice(0, 200)}`);
    }
    const { access_token: token, expires_in: seconds = usualSeconds } = answerOf(text);
    if (statusCode !== 200 || typeof token !== 'string') {
      throw new BrokerUnreachableError(this.#sink, url, `it answered ${statusCode} without an access token`);
    }
    this.#expires = performance.now() + Math.max(Number(seconds) * 1000 - margin, 1000);
    return token;
  }
}

function answerOf(text: string): { access_token?: unknown; expires_in?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
