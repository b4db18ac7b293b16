/**
 * The catalogue of the errors of `@pgwamp/proxy`, besides those of `@pgwamp/core`.
 *
 * @module
 */
import { PgwampError } from '@pgwamp/core';

/**
 * A sink needs a library that is not installed.
 *
 * @remarks Install the package that the message names, beside `pgwamp`.
 */
export class PackageMissingError extends PgwampError {
  readonly code = 'PGWAMP_PACKAGE_MISSING';
  override readonly fatal = true;

  /** @param packages what to install. */
  constructor(sink: string, packages: readonly string[], options?: ErrorOptions) {
    const names = packages.join(' ');
    super(`sink ${sink} needs a package that is not installed: run npm install ${names}`, options);
  }
}

/**
 * A broker cannot be reached, or does not respond in time.
 *
 * @remarks Check the broker, the network and the certificates.
 */
export class BrokerUnreachableError extends PgwampError {
  readonly code = 'PGWAMP_BROKER_UNREACHABLE';

  constructor(sink: string, broker: string, reason: string, options?: ErrorOptions) {
    super(`sink ${sink} cannot reach ${broker}: ${reason}`, options);
  }
}

/**
 * A broker refused the connection of a sink.
 *
 * @remarks Check the credentials of the sink, and what they permit. It rejects the first `start()`.
 */
export class BrokerRefusedError extends PgwampError {
  readonly code = 'PGWAMP_BROKER_REFUSED';
  override readonly permanent = true;

  constructor(sink: string, broker: string, reason: string, options?: ErrorOptions) {
    super(`${broker} refused the connection of sink ${sink}: ${reason}. Hint: Check the credentials.`, options);
  }
}
