import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FailedAttempts } from '@pgwamp/config';
import type { ConsoleOptions } from '../configuration/node-schema.ts';

const defaultLifetime = 12 * 60 * 60 * 1000;

/** Limit of wrong secrets from one address within a minute. */
const maxFailures = 10;

/** Limit of sign-ins that hold at the same time; the oldest one ends first. */
const maxSignIns = 1000;

/** The user of the console. */
export interface Operator {
  /** `operator`, the subject of a token, or `local` without a sign-in. */
  readonly name: string;
  /** Aborts when the sign-in ends: by a sign-out, with the token, or after 12 hours. */
  readonly ended: AbortSignal;
}

/** A sign-in that holds. */
interface OpenSignIn extends Operator {
  /** Its end in milliseconds since 1970. A timer does not run while the machine sleeps. */
  readonly until: number;
  end(): void;
}

/** Options of {@link SignIn}. */
export interface SignInOptions {
  /** Lifetime of a sign-in in milliseconds; that of a token may be shorter. Default: 12 hours. */
  readonly lifetime?: number;
  /** The time in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

/** The right password or token: the operator's name, and the end of the token in milliseconds since 1970. */
interface Accepted {
  readonly name: string;
  readonly until: number;
}

const local: Operator = { name: 'local', ended: new AbortController().signal };

/**
 * The sign-in of the console: with a password, or with a JWT from another issuer. The browser keeps a cookie that
 * scripts cannot read and other sites cannot send. It names a sign-in that the node remembers as long as it runs.
 */
export class SignIn implements Disposable {
  readonly #options: ConsoleOptions;
  readonly #key = randomBytes(32);
  readonly #failures = new FailedAttempts({ perMinute: maxFailures });
  readonly #open = new Map<string, OpenSignIn>();
  readonly #lifetime: number;
  readonly #now: () => number;

  constructor(options: ConsoleOptions, { lifetime = defaultLifetime, now = Date.now }: SignInOptions = {}) {
    this.#options = options;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /** The sign-in method of the page. */
  get method(): 'none' | 'password' | 'token' {
    if (this.#options.token) return 'token';
    return this.#options.password === undefined ? 'none' : 'password';
  }

  [Symbol.dispose](): void {
    for (const { end } of this.#open.values()) end();
  }

  /** The operator of a request; undefined without a sign-in. */
  operatorOf(request: IncomingMessage): Operator | undefined {
    if (this.method === 'none') return local;
    const signIn = this.#open.get(idOf(request));
    if (!signIn || this.#now() < signIn.until) return signIn;
    signIn.end();
    return undefined;
  }

  /** Milliseconds until an address may try again after too many wrong secrets; 0 if it may try now. */
  pause(address: string): number {
    return this.#failures.pause(address);
  }

  /**
   * Compares a password, or verifies a token.
   *
   * @returns the header `Set-Cookie`, or undefined if the secret is wrong.
   */
  async accept(secret: string, request: IncomingMessage): Promise<string | undefined> {
    const accepted = this.#options.token ? await this.#byToken(secret) : this.#byPassword(secret);
    if (!accepted) {
      this.#failures.add(request.socket.remoteAddress ?? '');
      return undefined;
    }
    const id = randomBytes(32).toString('base64url');
    const milliseconds = Math.min(this.#lifetime, accepted.until - this.#now());
    this.#remember(id, accepted.name, milliseconds);
    return cookieOf(id, Math.ceil(milliseconds / 1000), request);
  }

  /** Ends the sign-in of a request, and with it everything that its pages have open. Returns the header `Set-Cookie`. */
  end(request: IncomingMessage): string {
    this.#open.get(idOf(request))?.end();
    return cookieOf('', 0, request);
  }

  #remember(id: string, name: string, milliseconds: number): void {
    const ended = new AbortController();
    const end = () => {
      clearTimeout(timer);
      this.#open.delete(id);
      ended.abort();
    };
    const timer = setTimeout(end, milliseconds).unref();
    this.#open.set(id, { name, ended: ended.signal, until: this.#now() + milliseconds, end });
    const [oldest] = this.#open.values();
    if (this.#open.size > maxSignIns) oldest?.end();
  }

  #byPassword(password: string): Accepted | undefined {
    const [given, wanted] = [password, this.#options.password ?? ''].map((text) => this.#digestOf(text));
    const isRight = given && wanted && timingSafeEqual(given, wanted);
    return isRight ? { name: 'operator', until: Number.POSITIVE_INFINITY } : undefined;
  }

  async #byToken(token: string): Promise<Accepted | undefined> {
    const { jwtVerify, importSPKI } = await import('jose');
    const { key, algorithm, audience } = this.#options.token as NonNullable<ConsoleOptions['token']>;
    const verified = algorithm === 'HS256' ? new TextEncoder().encode(key) : await importSPKI(key, algorithm);
    try {
      const { payload } = await jwtVerify(token, verified, {
        algorithms: [algorithm],
        requiredClaims: ['exp'],
        ...(audience !== undefined && { audience }),
      });
      return { name: payload.sub ?? 'operator', until: Number(payload.exp) * 1000 };
    } catch (error) {
      // Every error of jose has such a code: the token is wrong. Any other error is a bug.
      if (String((error as { code?: unknown }).code).startsWith('ERR_J')) return undefined;
      throw error;
    }
  }

  #digestOf(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

/** Browsers send a cookie to every port of a host: the nodes of a machine need names of their own. */
function cookieName({ socket }: IncomingMessage): string {
  return `pgwamp_console_${socket.localPort ?? ''}`;
}

function idOf(request: IncomingMessage): string {
  const start = `${cookieName(request)}=`;
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length) ?? '';
}

function cookieOf(value: string, maxAge: number, request: IncomingMessage): string {
  // Without a path, it is for everything below `api/`, wherever a proxy serves it. Of TLS of a proxy only the origin of the page tells.
  const secure = request.headers.origin?.startsWith('https:') ? '; Secure' : '';
  return `${cookieName(request)}=${value}; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${secure}`;
}
