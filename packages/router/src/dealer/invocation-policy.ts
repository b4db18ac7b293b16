import { toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';

const POLICIES = ['single', 'first', 'last', 'roundrobin', 'random'] as const;

/**
 * Which of a registration's callees gets a call.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-shared-registration
 */
export type InvocationPolicy = (typeof POLICIES)[number];

/** Where to begin to look for a callee that has room: an index in the order of registration. */
export const firstChoice: Readonly<Record<InvocationPolicy, (count: number, turn: number) => number>> = {
  single: () => 0,
  first: () => 0,
  last: (count) => count - 1,
  roundrobin: (_count, turn) => turn,
  random: (count) => Math.floor(Math.random() * count),
};

/**
 * The option `invoke` of REGISTER. A policy taken for another would send calls where they are not expected.
 *
 * @throws RequestError `wamp.error.option_not_allowed`
 */
export function invokeOption(invoke: unknown = 'single'): InvocationPolicy {
  const policy = POLICIES.find((candidate) => candidate === invoke);
  if (policy !== undefined) return policy;
  const words = `invoke: expected ${POLICIES.join(', ')}, found ${toText(invoke)}`;
  throw new RequestError(Uri.OPTION_NOT_ALLOWED, words);
}
