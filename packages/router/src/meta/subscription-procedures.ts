import type { Subscription } from '../broker/subscription.ts';
import { RequestError } from '../errors.ts';
import { MetaProcedure, Uri } from '../uris.ts';
import { idAt, matchAt, stringAt } from './arguments.ts';
import { idsByPolicy } from './ids-by-policy.ts';
import type { MetaContext, MetaProcedures } from './meta-context.ts';

export function subscriptionAt({ broker }: MetaContext, args: readonly unknown[]): Subscription {
  const id = idAt(args, 0, 'subscription');
  const subscription = broker.subscriptions.get(id);
  if (subscription === undefined) throw new RequestError(Uri.NO_SUCH_SUBSCRIPTION, `there is no subscription ${id}`);
  return subscription;
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-subscription-meta-api */
export function subscriptionProcedures(context: MetaContext): MetaProcedures {
  const { subscriptions } = context.broker;
  return [
    [MetaProcedure.SUBSCRIPTION_LIST, () => ({ args: [idsByPolicy(subscriptions)] })],
    [
      MetaProcedure.SUBSCRIPTION_LOOKUP,
      (_caller, args) => ({ args: [subscriptions.find(matchAt(args, 1), stringAt(args, 0, 'topic'))?.id ?? null] }),
    ],
    [
      MetaProcedure.SUBSCRIPTION_MATCH,
      (_caller, args) => {
        const ids = subscriptions.matching(stringAt(args, 0, 'topic')).map(({ id }) => id);
        return { args: [ids.length > 0 ? ids : null] };
      },
    ],
    [MetaProcedure.SUBSCRIPTION_GET, (_caller, args) => ({ args: [subscriptionAt(context, args).details] })],
    [
      MetaProcedure.SUBSCRIPTION_LIST_SUBSCRIBERS,
      (_caller, args) => ({ args: [[...subscriptionAt(context, args).subscribers].map(({ id }) => id)] }),
    ],
    [
      MetaProcedure.SUBSCRIPTION_COUNT_SUBSCRIBERS,
      (_caller, args) => ({ args: [subscriptionAt(context, args).subscribers.size] }),
    ],
  ];
}
