import { MetaProcedure, Uri } from '@pgwamp/protocol';
import type { Subscription } from '../broker/subscription.ts';
import { RequestError } from '../errors.ts';
import { idAt, matchAt, stringAt } from './arguments.ts';
import { idsByPolicy, type MetaContext, type MetaProcedures } from './meta-context.ts';

export function subscriptionAt({ broker }: MetaContext, args: readonly unknown[]): Subscription {
  const id = idAt(args, 0, 'subscription');
  const subscription = broker.subscriptions.get(id);
  if (subscription === undefined) throw new RequestError(Uri.NO_SUCH_SUBSCRIPTION, `there is no subscription ${id}`);
  return subscription;
}

function subscribersAt(context: MetaContext, args: readonly unknown[]): readonly number[] {
  return [...subscriptionAt(context, args).subscribers].map(({ id }) => id);
}

/** Without a match, the specification requires null instead of an empty list. */
function matchingIds({ broker }: MetaContext, args: readonly unknown[]): readonly number[] | null {
  const ids = broker.subscriptions.matching(stringAt(args, 0, 'topic')).map(({ id }) => id);
  return ids.length > 0 ? ids : null;
}

function lookUp({ broker }: MetaContext, args: readonly unknown[]): number | null {
  return broker.subscriptions.find(matchAt(args, 1), stringAt(args, 0, 'topic'))?.id ?? null;
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-subscription-meta-api */
export const subscriptionProcedures: MetaProcedures = [
  [MetaProcedure.SUBSCRIPTION_LIST, (context) => () => ({ args: [idsByPolicy(context.broker.subscriptions)] })],
  [MetaProcedure.SUBSCRIPTION_LOOKUP, (context) => (_caller, args) => ({ args: [lookUp(context, args)] })],
  [MetaProcedure.SUBSCRIPTION_MATCH, (context) => (_caller, args) => ({ args: [matchingIds(context, args)] })],
  [MetaProcedure.SUBSCRIPTION_GET, (context) => (_caller, args) => ({ args: [subscriptionAt(context, args).details] })],
  [
    MetaProcedure.SUBSCRIPTION_LIST_SUBSCRIBERS,
    (context) => (_caller, args) => ({ args: [subscribersAt(context, args)] }),
  ],
  [
    MetaProcedure.SUBSCRIPTION_COUNT_SUBSCRIBERS,
    (context) => (_caller, args) => ({ args: [subscriptionAt(context, args).subscribers.size] }),
  ],
];
