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
 * An option is missing, of the wrong type or out of range; the message names its path.
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
 * The port cannot be opened; `cause` is the error of the operating system.
 *
 * @remarks Free the port, or choose another one.
 */
export class ListenError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_LISTEN';
}

/**
 * The limit `limits.maxSessions` of open connections was reached.
 *
 * @remarks Close connections, or raise the limit.
 */
export class SessionLimitError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_SESSION_LIMIT';
}

/**
 * The router is closed, or the transport on which a frame was sent is closed.
 *
 * @remarks Do nothing, unless it was closed by mistake.
 */
export class ClosedError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_CLOSED';
}

/**
 * One request is refused with an ERROR message; the session continues.
 *
 * @remarks The error URI that the peer receives names the cause.
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
 * @remarks The reason URI that the peer receives names the cause.
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
 * A procedure that the router called returned an ERROR, for example an authenticator.
 *
 * @remarks Check that procedure.
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
