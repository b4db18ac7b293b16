import { Refused } from '@pgwamp/core';

/** An error of the JetStream API. */
export interface ApiError {
  readonly err_code: number;
  readonly description: string;
}

/** The message is larger than the stream allows, or has an expectation that does not hold. */
const messageRefusals = new Set([10054, 10060, 10063, 10070, 10071, 10097, 10164]);

/** The refusal of a message that a stream never accepts; undefined if the error is temporary. */
export function refusalOf({ err_code: code, description }: ApiError): Refused | undefined {
  if (!messageRefusals.has(code)) return undefined;
  return new Refused(code === 10054 ? 'too_large' : 'refused', `the stream refused it: ${description} (${code})`);
}
