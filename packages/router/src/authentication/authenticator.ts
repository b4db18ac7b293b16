import type { Dict } from '@pgwamp/protocol';
import { Uri } from '@pgwamp/protocol';
import * as z from 'zod';
import { JoinError, ServiceError } from '../errors.ts';
import type { ServiceSession } from '../realm/service-session.ts';
import type { Claim } from './authentication.ts';
import type { Principal, PrincipalSource } from './principal.ts';

const principal = z.object({
  role: z.string().min(1),
  realm: z.string().min(1).optional(),
  authid: z.string().min(1).optional(),
  extra: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((extra) => extra ?? undefined),
});

// An authenticator may return the role alone.
const roleAlone = z
  .string()
  .min(1)
  .transform((role) => ({ role }));

/** The answer of an authenticator for methods that need no secret. */
export const PRINCIPAL_ANSWER = z.union([roleAlone, principal]);

/** The answer of an authenticator for wampcra. */
export const USER_ANSWER = principal.extend({
  secret: z.string().min(1),
  salt: z.string().optional(),
  iterations: z.number().int().min(1).max(10_000_000).optional(),
  keylen: z.number().int().min(1).max(1024).optional(),
});

/** The answer of an authenticator for cryptosign. */
export const KEY_ANSWER = principal.extend({
  pubkey: z
    .string()
    .regex(/^[0-9a-f]{64}$/i)
    .transform((key) => key.toLowerCase()),
});

/** The parts of the router that dynamic authentication uses. */
export interface AuthenticatorContext {
  /** The session that calls authenticators; `undefined` if the realm does not exist. */
  service(realm: string): ServiceSession | undefined;
  /** The time limit of an authenticator's answer, in milliseconds. */
  readonly timeout: number;
}

/** The authenticator procedure and its realm. */
export interface AuthenticatorOptions {
  readonly authenticator: string;
  readonly 'authenticator-realm'?: string | undefined;
}

// Errors that are a decision about the client; the client receives their URI. Any other error below `wamp.` means that
// the authenticator itself failed.
const DECISIONS: ReadonlySet<string> = new Set([
  Uri.AUTHENTICATION_DENIED,
  Uri.NO_SUCH_PRINCIPAL,
  Uri.NO_SUCH_ROLE,
  Uri.NO_SUCH_REALM,
  Uri.NOT_AUTHORIZED,
]);

function failed(): JoinError {
  return new JoinError(Uri.AUTHENTICATION_FAILED, 'the authenticator failed');
}

/**
 * Passes on the error URI of the authenticator, but not its message, which may contain data that the client must not
 * see.
 */
function refusalFrom(error: unknown): Error {
  if (!(error instanceof ServiceError)) return error as Error;
  const isDecision = DECISIONS.has(error.uri) || !error.uri.startsWith('wamp.');
  return isDecision ? new JoinError(error.uri, 'the authenticator denied the authentication') : failed();
}

function detailsOf({ session, transport, authextra }: Claim, authmethod: string, proof: Dict): Dict {
  const { kind, peer } = transport;
  return { session, authmethod, authextra, transport: { type: kind, peer }, ...proof };
}

/**
 * Looks up principals by calling an authenticator, a procedure of the application, with realm, authid and details. The
 * details are `session`, `authmethod`, `authextra` and `transport`, and for ticket authentication also `ticket`.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-dynamic-authentication
 */
export class Authenticator<P extends Principal> implements PrincipalSource<P> {
  readonly provider = 'dynamic';
  readonly #method: string;
  readonly #options: AuthenticatorOptions;
  readonly #answer: z.ZodType<P>;
  readonly #context: AuthenticatorContext;

  constructor(method: string, options: AuthenticatorOptions, answer: z.ZodType<P>, context: AuthenticatorContext) {
    this.#method = method;
    this.#options = options;
    this.#answer = answer;
    this.#context = context;
  }

  async find(claim: Claim, proof: Dict): Promise<P> {
    const service = this.#context.service(this.#options['authenticator-realm'] ?? claim.realm);
    if (service === undefined) throw new JoinError(Uri.NO_SUCH_REALM, 'there is no such realm');
    const args = [claim.realm, claim.authid ?? null, detailsOf(claim, this.#method, proof)];
    return this.#principalFrom(await this.#call(service, args));
  }

  async #call(service: ServiceSession, args: readonly unknown[]): Promise<unknown> {
    try {
      const result = await service.call(this.#options.authenticator, args, {}, { timeout: this.#context.timeout });
      return result.args[0];
    } catch (error) {
      throw refusalFrom(error);
    }
  }

  #principalFrom(answer: unknown): P {
    const { success, data } = this.#answer.safeParse(answer);
    if (success) return data;
    throw failed();
  }
}
