import { listenProblem } from '@pgwamp/config';
import { PgwampError } from '@pgwamp/core';

/**
 * A client of the gateway sent no token, or one that is not accepted: HTTP status 401, close code 4001. HTTP status 503
 * while the keys of `auth.jwks_url` cannot be fetched.
 *
 * @remarks The client needs another token. The log of the gateway names the reason.
 */
export class TokenRefusedError extends PgwampError {
  readonly code = 'PGWAMP_TOKEN_REFUSED';
  /** Whether the same token may be accepted later. */
  readonly isTemporary: boolean;

  /** @param reason the message for the client; it contains nothing of the token itself. */
  constructor(reason: string, { isTemporary = false, ...options }: ErrorOptions & { isTemporary?: boolean } = {}) {
    super(reason, options);
    this.isTemporary = isTemporary;
  }
}

/**
 * An address has sent too many forged tokens to the gateway: HTTP status 429.
 *
 * @remarks Wait as long as the message says. `limits.max_failed_authentications` of the Gateway is the limit; all
 *   clients of a proxy share an address.
 */
export class TooManyAttemptsError extends PgwampError {
  readonly code = 'PGWAMP_TOO_MANY_ATTEMPTS';
  /** Seconds until the next attempt. */
  readonly retryAfter: number;

  /** @param pause the time to wait in milliseconds. */
  constructor(pause: number) {
    const seconds = Math.ceil(pause / 1000);
    super(`too many forged tokens came from this address: try again in ${seconds} s`);
    this.retryAfter = seconds;
  }
}

/**
 * A client of the gateway may not listen to a channel: HTTP status 403.
 *
 * @remarks Follow the message; `channels`, `auth`, `topics` and `tables` of the configuration decide.
 */
export class ChannelRefusedError extends PgwampError {
  readonly code = 'PGWAMP_CHANNEL_REFUSED';
  readonly channel: string;

  constructor(channel: string, reason: string, options?: ErrorOptions) {
    super(`channel ${JSON.stringify(channel)}: ${reason}`, options);
    this.channel = channel;
  }
}

/**
 * The function that receives messages of the gateway's clients has refused a message, or cannot be called.
 *
 * @remarks Follow the message, which comes from the function.
 */
export class ReceiveError extends PgwampError {
  readonly code = 'PGWAMP_RECEIVE_FAILED';
  /** The SQLSTATE, if the function has raised the error. */
  readonly sqlstate: string | undefined;

  constructor(message: string, sqlstate?: string, options?: ErrorOptions) {
    super(message, options);
    this.sqlstate = sqlstate;
  }
}

/**
 * The Gateway cannot create the publication for logical replication of tables.
 *
 * @remarks Run the statement in the message as a role with the CREATE privilege on the database.
 */
export class GatewayPublicationError extends PgwampError {
  readonly code = 'PGWAMP_GATEWAY_PUBLICATION';
  override readonly permanent = true;

  constructor(publication: string, reason: string, statement: string, cause: unknown) {
    super(`publication ${publication} does not exist and cannot be created (${reason}); run: ${statement}`, { cause });
  }
}

/**
 * The write-ahead log of this server cannot be read; channels of topics and tables require it.
 *
 * @remarks Follow the message, or remove `topics` and `tables`.
 */
export class LogUnavailableError extends PgwampError {
  readonly code = 'PGWAMP_LOG_UNAVAILABLE';
  override readonly permanent = true;

  constructor(missing: readonly string[]) {
    super(`the write-ahead log cannot be read: ${missing.join('; ')}`);
  }
}

/**
 * The gateway cannot listen on its address; `cause` is the error of the operating system.
 *
 * @remarks Free the address, or choose another one in `extra.endpoint`.
 */
export class GatewayListenError extends PgwampError {
  readonly code = 'PGWAMP_GATEWAY_LISTEN';
  override readonly permanent = true;

  constructor(where: string, cause: Error) {
    super(`cannot listen on ${where}: ${listenProblem(cause)}`, {
      cause,
      hint: 'choose another address in extra.endpoint',
    });
  }
}
