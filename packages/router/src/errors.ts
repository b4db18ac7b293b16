/** What every error of the router has in common: a `code` that stays the same when the wording changes. */
export abstract class RouterError extends Error {
  /** Stable name of the error, `ERR_ROUTER_…`. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * An option is missing, mistyped or out of range; the message names its path.
 *
 * @remarks Mend the option.
 */
export class RouterOptionError extends RouterError {
  readonly code = 'ERR_ROUTER_OPTION';
}

/**
 * The application asked for a realm that the router does not have.
 *
 * @remarks List the realm in `realms`.
 */
export class UnknownRealmError extends RouterError {
  readonly code = 'ERR_ROUTER_UNKNOWN_REALM';
}

/**
 * The port cannot be opened; `cause` is the system's error.
 *
 * @remarks Free the port, or take another one.
 */
export class ListenError extends RouterError {
  readonly code = 'ERR_ROUTER_LISTEN';
}

/**
 * `limits.maxSessions` connections are open already.
 *
 * @remarks Close some, or raise the limit.
 */
export class SessionLimitError extends RouterError {
  readonly code = 'ERR_ROUTER_SESSION_LIMIT';
}

/**
 * The router, or the transport that a frame was sent on, is closed.
 *
 * @remarks Nothing.
 */
export class ClosedError extends RouterError {
  readonly code = 'ERR_ROUTER_CLOSED';
}

/**
 * One request is refused with an ERROR message; the session goes on.
 *
 * @remarks Depends on the URI that the peer receives.
 */
export class RequestError extends RouterError {
  readonly code = 'ERR_ROUTER_REQUEST';
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
 * @remarks Depends on the URI that the peer receives.
 */
export class JoinError extends RouterError {
  readonly code = 'ERR_ROUTER_JOIN';
  /** The reason URI that the peer receives. */
  readonly uri: string;

  constructor(uri: string, message: string) {
    super(message);
    this.uri = uri;
  }
}

/**
 * The command `wamp-router` was called in a way that it does not know.
 *
 * @remarks See `wamp-router --help`.
 */
export class UsageError extends RouterError {
  readonly code = 'ERR_ROUTER_USAGE';
}

/**
 * A request of the router's own, as to an authenticator, was answered with ERROR.
 *
 * @remarks Look after the procedure that it called.
 */
export class ServiceError extends RouterError {
  readonly code = 'ERR_ROUTER_SERVICE';
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
