import { PgwampError } from '@pgwamp/config';

/**
 * The base class of all errors of the router. Their `code` is `PGWAMP_ROUTER_…` and stays the same when the wording changes.
 *
 * @example
 * ```ts
 * try {
 *   await router.listen({ port: 8080 });
 * } catch (error) {
 *   if (error instanceof RouterError) console.error(error.code); // PGWAMP_ROUTER_LISTEN
 * }
 * ```
 */
export abstract class RouterError extends PgwampError {}

/**
 * An option is missing, mistyped or out of range; the message names its path.
 *
 * @remarks Fix the option that the message names.
 */
export class RouterOptionError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_OPTION';
}

/**
 * The application asked for a realm that does not exist.
 *
 * @remarks Add the realm to `realms`.
 */
export class UnknownRealmError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_UNKNOWN_REALM';
}

/**
 * The port cannot be opened; `cause` is the system's error.
 *
 * @remarks Free the port, or choose another one.
 */
export class ListenError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_LISTEN';
}

/**
 * The limit `limits.maxSessions` of open connections is reached.
 *
 * @remarks Close connections, or raise the limit.
 */
export class SessionLimitError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_SESSION_LIMIT';
}

/**
 * The router, or the transport that a frame was sent on, is closed.
 *
 * @remarks Do nothing, unless it was closed by mistake.
 */
export class ClosedError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_CLOSED';
}

/**
 * One request is refused with an ERROR message; the session goes on.
 *
 * @remarks The URI that the peer receives says what to do.
 */
export class RequestError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_REQUEST';
  /** The WAMP error URI that the peer receives. */
  readonly uri: string;

  constructor(uri: string, message: string) {
    super(message);
    this.uri = uri;
  }
}

/**
 * The HELLO of a peer is refused with ABORT.
 *
 * @remarks The URI that the peer receives says what to do.
 */
export class JoinError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_JOIN';
  /** The reason URI that the peer receives. */
  readonly uri: string;

  constructor(uri: string, message: string) {
    super(message);
    this.uri = uri;
  }
}

/**
 * The command line of `wamp-router` is wrong.
 *
 * @remarks See `wamp-router --help`.
 */
export class UsageError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_USAGE';
}

/**
 * A procedure that the router called, for example an authenticator, answered with ERROR.
 *
 * @remarks Check the procedure that the router called.
 */
export class ServiceError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_SERVICE';
  /** The WAMP error URI of the answer. */
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;

  constructor(uri: string, args: readonly unknown[] = [], kwargs: Readonly<Record<string, unknown>> = {}) {
    super(uri);
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
  }
}
