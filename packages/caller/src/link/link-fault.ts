/** Optional fields of an ErrorResponse. */
export interface FaultDetails {
  /** A hint for the user. */
  readonly hint?: string;
  /** Whether the error ends the connection. */
  readonly fatal?: boolean;
}

/** An error of the link, in the form of a PostgreSQL error. */
export class LinkFault extends Error {
  /** The SQLSTATE. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly fatal: boolean;

  constructor(code: string, message: string, { hint, fatal = false }: FaultDetails = {}) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.fatal = fatal;
  }
}

/** The client violates the protocol. The connection must end. */
export function protocolViolation(message: string): LinkFault {
  return new LinkFault('08P01', message, { fatal: true });
}
