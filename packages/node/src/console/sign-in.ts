import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FailedAttempts } from '@pgwamp/config';
import type { ConsoleOptions } from '../configuration/node-schema.ts';

const cookieName = 'pgwamp_console';

/** Lifetime of a sign-in in milliseconds. */
const lifetime = 12 * 60 * 60 * 1000;

/** Limit of wrong secrets from one address within a minute. */
const limit = 10;

/** The user of the console. */
export interface Operator {
  /** `operator`, the subject of a token, or `local` without a sign-in. */
  readonly name: string;
}

/**
 * The sign-in of the console: with a password, or with a JWT from another issuer. The browser keeps a cookie that
 * scripts cannot read and other sites cannot send. It is signed with a key that exists as long as the node.
 */
export class SignIn {
  readonly #options: ConsoleOptions;
  readonly #key = randomBytes(32);
  readonly #failures = new FailedAttempts({ perMinute: limit });

  constructor(options: ConsoleOptions) {
    this.#options = options;
  }

  /** The sign-in method of the page. */
  get method(): 'none' | 'password' | 'token' {
    if (this.#options.token) return 'token';
    return this.#options.password === undefined ? 'none' : 'password';
  }

  /** The operator of a request; undefined without a sign-in. */
  operatorOf({ headers }: IncomingMessage): Operator | undefined {
    if (this.method === 'none') return { name: 'local' };
    const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
    const cookie = cookies.find((text) => text.startsWith(`${cookieName}=`));
    return cookie === undefined ? undefined : this.#read(cookie.slice(cookieName.length + 1));
  }

  /**
   * Compares a password, or verifies a token.
   *
   * @param address the address of the client.
   * @returns the header `Set-Cookie`, or undefined if the secret is wrong.
   */
  async accept(secret: string, address: string): Promise<string | undefined> {
    if (this.#failures.pause(address) > 0) return undefined;
    const name = this.#options.token ? await this.#subjectOf(secret) : this.#byPassword(secret);
    if (name === undefined) {
      this.#failures.add(address);
      return undefined;
    }
    const payload = Buffer.from(JSON.stringify({ name, until: Date.now() + lifetime })).toString('base64url');
    return cookieOf(`${payload}.${this.#signatureOf(payload)}`, lifetime / 1000);
  }

  /** The header `Set-Cookie` that signs out. */
  get signOutCookie(): string {
    return cookieOf('', 0);
  }

  #byPassword(password: string): string | undefined {
    const [given, wanted] = [password, this.#options.password ?? ''].map((text) => this.#digestOf(text));
    return given && wanted && timingSafeEqual(given, wanted) ? 'operator' : undefined;
  }

  async #subjectOf(token: string): Promise<string | undefined> {
    const { jwtVerify, importSPKI } = await import('jose');
    const { key, algorithm, audience } = this.#options.token as NonNullable<ConsoleOptions['token']>;
    const verified = algorithm === 'HS256' ? new TextEncoder().encode(key) : await importSPKI(key, algorithm);
    try {
      const { payload } = await jwtVerify(token, verified, {
        algorithms: [algorithm],
        requiredClaims: ['exp'],
        ...(audience !== undefined && { audience }),
      });
      return payload.sub ?? 'operator';
    } catch (error) {
      // Every error of jose has such a code: the token is wrong. Any other error is a bug.
      if (String((error as { code?: unknown }).code).startsWith('ERR_J')) return undefined;
      throw error;
    }
  }

  #read(value: string): Operator | undefined {
    const [payload = '', signature = ''] = value.split('.');
    const wanted = Buffer.from(this.#signatureOf(payload));
    const given = Buffer.from(signature);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    const { name, until } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return until > Date.now() ? { name } : undefined;
  }

  #signatureOf(payload: string): string {
    return this.#digestOf(payload).toString('base64url');
  }

  #digestOf(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

function cookieOf(value: string, maxAge: number): string {
  return `${cookieName}=${value}; Path=/console; HttpOnly; SameSite=Strict; Max-Age=${maxAge}`;
}
