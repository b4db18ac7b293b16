import { PgwampError } from '@pgwamp/core';

/**
 * A client of the gateway has no token, or one that is not accepted: HTTP status 401, close code 4001. HTTP status 503 while the keys of
 * `auth.jwks_url` cannot be fetched.
 *
 * @remarks The client needs another token. The log of the gateway says what was wrong with it.
 */
export class TokenRefusedError extends PgwampError {
  readonly code = 'PGWAMP_TOKEN_REFUSED';
  /** Whether the same token may be accepted later. */
  readonly isTemporary: boolean;

  /** @param reason what the client is told; nothing of the token itself. */
  constructor(reason: string, { isTemporary = false, ...options }: ErrorOptions & { isTemporary?: boolean } = {}) {
    super(reason, options);
    this.isTemporary = isTemporary;
  }
}

/**
 * An address has shown too many forged tokens to the gateway: HTTP status 429.
 *
 * @remarks Wait as long as the message says. `limits.max_failed_authentications` of the Gateway is the limit; all clients of a proxy share an address.
 */
export class TooManyAttemptsError extends PgwampError {
  readonly code = 'PGWAMP_TOO_MANY_ATTEMPTS';
  /** Seconds until the next attempt. */
  readonly retryAfter: number;

  /** @param pause milliseconds. */
  constructor(pause: number) {
    const seconds = Math.ceil(pause / 1000);
    super(`too many forged tokens came from this address: try again in ${seconds} s`);
    this.retryAfter = seconds;
  }
}

/**
 * A client of the gateway may not listen to a channel: HTTP status 403.
 *
 * @remarks Do what the message says; whether it may is decided by `channels`, `auth`, `topics` and `tables` of the configuration.
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
 * The function that receives what clients of the gateway send has refused a message, or cannot be asked.
 *
 * @remarks Do what the message says: it is that of the function.
 */
export class ReceiveError extends PgwampError {
  readonly code = 'PGWAMP_RECEIVE_FAILED';
  /** The SQLSTATE, where the function has raised the error. */
  readonly sqlstate: string | undefined;

  constructor(message: string, sqlstate?: string, options?: ErrorOptions) {
    super(message, options);
    this.sqlstate = sqlstate;
  }
}

/**
 * The Gateway cannot make the publication that lets changes of tables out of the log.
 *
 * @remarks Run the statement that the message names, as a role that may CREATE in the database.
 */
export class GatewayPublicationError extends PgwampError {
  readonly code = 'PGWAMP_GATEWAY_PUBLICATION';
  override readonly permanent = true;

  constructor(publication: string, reason: string, statement: string, cause: unknown) {
    super(`there is no publication ${publication}, and it cannot be made (${reason}); run: ${statement}`, { cause });
  }
}

/**
 * The log of this server cannot be read, which channels of topics and tables need.
 *
 * @remarks Do what the message says, or leave out `topics` and `tables`.
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
    super(`cannot listen on ${where}: ${cause.message}`, { cause });
  }
}
