import type { Dict } from '@pgwamp/protocol';
import { toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import { matchOption } from '../matching/match-option.ts';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import type { Session } from '../session/session.ts';
import type { EndpointOptions } from './endpoint.ts';
import { type InvocationPolicy, invokeOption } from './invocation-policy.ts';

/** What REGISTER.Options ask for. */
export interface RegisterOptions extends EndpointOptions {
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  /** Whether who has registered the procedure before is to lose it. */
  readonly forces: boolean;
}

// Calls that were given up are remembered until their callee answers, which it may never do.
const MOST_AT_A_TIME = 65_536;

/** @throws RequestError `wamp.error.invalid_argument` */
function concurrencyOption(concurrency: unknown = 0): number {
  if (Number.isInteger(concurrency) && (concurrency as number) >= 0)
    return Math.min(concurrency as number, MOST_AT_A_TIME);
  const words = `concurrency: expected an integer from 0 on, found ${toText(concurrency)}`;
  throw new RequestError(Uri.INVALID_ARGUMENT, words);
}

/**
 * The options of REGISTER; those that are unknown are ignored.
 *
 * @throws RequestError for a value that is none of those allowed
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-register
 */
export function registerOptions(options: Dict, { features }: Session): RegisterOptions {
  return {
    match: matchOption(options.match),
    invoke: invokeOption(options.invoke),
    forces: options.force_reregister === true,
    concurrency: concurrencyOption(options.concurrency),
    disclosesCaller: options.disclose_caller === true,
    forwardsTimeout: options.forward_timeout === true && features.has('callee', 'call_timeout'),
  };
}
