import type { IncomingMessage } from 'node:http';
import { FailedAttempts } from '@pgwamp/config';
import type { Logger } from '@pgwamp/core/internal/component';
import type { Access, Client, Revoked } from '../context.ts';
import { TokenRefusedError, TooManyAttemptsError } from '../errors.ts';
import type { Auth, TokenRules } from './configuration.ts';
import { isSameIdentity } from './identity.ts';
import { isForgery, TokenVerifier } from './jwt.ts';
import type { Permissions } from './permissions.ts';
import { tokenOf } from './token.ts';

const permission: Disposable = { [Symbol.dispose]: () => undefined };

/** Authentication is off: all clients are the same and may listen to every channel that the gateway offers. */
class OpenAccess implements Access {
  readonly #anybody: Client;

  constructor(role: string | undefined) {
    this.#anybody = { claims: {}, role, expires: undefined };
  }

  async authenticate(): Promise<Client> {
    return this.#anybody;
  }

  async renew(client: Client): Promise<Client> {
    return client;
  }

  async permit(): Promise<Disposable> {
    return permission;
  }
}

/** Clients authenticate with a token. Permissions for channels come from the database if they are configured. */
class TokenAccess implements Access {
  readonly #rules: TokenRules;
  readonly #verifier: TokenVerifier;
  readonly #permissions: Permissions | undefined;
  readonly #failures: FailedAttempts;

  constructor(rules: TokenRules, log: Logger, permissions: Permissions | undefined, attempts: number) {
    this.#rules = rules;
    this.#failures = new FailedAttempts({ perMinute: attempts });
    this.#verifier = new TokenVerifier(rules, log);
    this.#permissions = permissions;
  }

  async authenticate(request: IncomingMessage): Promise<Client> {
    const token = tokenOf(request, this.#rules);
    const { remoteAddress: address = '' } = request.socket;
    const pause = token === undefined ? 0 : this.#failures.pause(address);
    if (pause > 0) throw new TooManyAttemptsError(pause);
    try {
      return await this.#verifier.clientOf(token);
    } catch (error) {
      if (isForgery(error)) this.#failures.add(address);
      throw error;
    }
  }

  async renew(client: Client, token: string): Promise<Client> {
    const renewed = await this.#verifier.clientOf(token);
    if (isSameIdentity(client, renewed)) return renewed;
    throw new TokenRefusedError('the new token has another role or other claims than the former one');
  }

  async permit(client: Client, channel: string, revoked: Revoked): Promise<Disposable> {
    return this.#permissions?.permit(client, channel, revoked) ?? permission;
  }
}

/**
 * Creates the access control of `extra.auth`.
 *
 * @param permissions the permissions in the database, for type `sql`.
 * @param attempts limit of forged tokens of one address within a minute.
 * @throws `ConfigurationError` if a key cannot be used.
 */
export function createAccess(auth: Auth, log: Logger, permissions: Permissions | undefined, attempts: number): Access {
  if (auth.type === 'none') return new OpenAccess(auth.role);
  return new TokenAccess(auth.type === 'jwt' ? auth : auth.jwt, log, permissions, attempts);
}
