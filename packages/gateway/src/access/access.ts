import type { IncomingMessage } from 'node:http';
import type { Logger } from '@pgwamp/core/internal/component';
import type { Access, Client } from '../context.ts';
import { TokenRefusedError } from '../errors.ts';
import type { Auth, TokenRules } from './configuration.ts';
import { isSameIdentity } from './identity.ts';
import { TokenVerifier } from './jwt.ts';
import type { Permissions } from './permissions.ts';
import { tokenOf } from './token.ts';

const permission: Disposable = { [Symbol.dispose]: () => undefined };

/** Everybody is the same, and may listen to every channel that the gateway offers. */
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

/** Clients show a token; what they may listen to is asked of the database, where it is to be. */
class TokenAccess implements Access {
  readonly #rules: TokenRules;
  readonly #verifier: TokenVerifier;
  readonly #permissions: Permissions | undefined;

  constructor(rules: TokenRules, log: Logger, permissions: Permissions | undefined) {
    this.#rules = rules;
    this.#verifier = new TokenVerifier(rules, log);
    this.#permissions = permissions;
  }

  authenticate(request: IncomingMessage): Promise<Client> {
    return this.#verifier.clientOf(tokenOf(request, this.#rules));
  }

  async renew(client: Client, token: string): Promise<Client> {
    const renewed = await this.#verifier.clientOf(token);
    if (isSameIdentity(client, renewed)) return renewed;
    throw new TokenRefusedError('the token is not of the same role and claims as the one before');
  }

  async permit(client: Client, channel: string, revoked: (reason: string) => void): Promise<Disposable> {
    return this.#permissions?.permit(client, channel, revoked) ?? permission;
  }
}

/**
 * What `extra.auth` says.
 *
 * @param permissions the function that is asked, of type `sql`.
 * @throws `ConfigurationError` if a key cannot be used.
 */
export function createAccess(auth: Auth, log: Logger, permissions: Permissions | undefined): Access {
  if (auth.type === 'none') return new OpenAccess(auth.role);
  return new TokenAccess(auth.type === 'jwt' ? auth : auth.jwt, log, permissions);
}
