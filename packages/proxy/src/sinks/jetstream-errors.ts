import { Refused } from '@pgwamp/core';

/** An error of JetStream's API. */
export interface ApiError {
  readonly err_code: number;
  readonly description: string;
}

/** The message is larger than the stream allows, or expects what is not so. */
const messageRefusals = new Set([10054, 10060, 10063, 10070, 10071, 10097, 10164]);

/** Why a stream never takes a message; undefined if the error passes. */
export function refusalOf({ err_code: code, description }: ApiError): Refused | undefined {
  if (!messageRefusals.has(code)) return undefined;
  return new Refused(code === 10054 ? 'too_large' : 'refused', `the stream refused it: ${description} (${code})`);
}
