/** What is answered with an ErrorResponse. */
export interface FaultDetails {
  /** What to do about it. */
  readonly hint?: string;
  /** Whether the connection ends with it. */
  readonly fatal?: boolean;
}

/** Something that the link refuses, as PostgreSQL would say it. */
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

/** The other end does not speak the protocol; there is no way to go on. */
export function protocolViolation(message: string): LinkFault {
  return new LinkFault('08P01', message, { fatal: true });
}
