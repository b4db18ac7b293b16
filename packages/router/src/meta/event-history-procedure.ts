import type { Dict } from '@pgwamp/protocol';
import { Uri } from '@pgwamp/protocol';
import type { StoredEvent } from '../broker/event.ts';
import type { Subscription } from '../broker/subscription.ts';
import type { BuiltIn, BuiltInResult } from '../dealer/built-in.ts';
import { RequestError } from '../errors.ts';
import type { Session } from '../session/session.ts';
import { type EventQuery, eventQuery, selectEvents } from './event-query.ts';
import type { MetaContext } from './meta-context.ts';
import { subscriptionAt } from './subscription-procedures.ts';

/** A session that may not subscribe to the events may not read their history either. */
function assertMayRead(caller: Session, { subscribers, uri, match }: Subscription): unknown {
  return subscribers.has(caller) ? undefined : caller.role?.authorize(caller, 'subscribe', uri, { match });
}

function told({ id, topic, details, payload, time }: StoredEvent, subscription: Subscription): Dict {
  const [args, kwargs] = payload.values();
  return {
    timestamp: new Date(time).toISOString(),
    subscription: subscription.id,
    publication: id,
    details: subscription.match === 'exact' ? details : { ...details, topic },
    ...(args === undefined ? {} : { args }),
    ...(kwargs === undefined ? {} : { kwargs }),
  };
}

/**
 * The events from the first on that fit into one message, but at least one. The caller requests the rest with another
 * call.
 */
function fitting(events: readonly StoredEvent[], maxBytes: number): readonly StoredEvent[] {
  let bytes = 0;
  const end = events.findIndex((event) => {
    bytes += event.bytes;
    return bytes > maxBytes;
  });
  return end < 0 ? events : events.slice(0, Math.max(end, 1));
}

function read(caller: Session, subscription: Subscription, query: EventQuery, maxBytes: number): BuiltInResult {
  const { id, history } = subscription;
  if (history === undefined) {
    throw new RequestError(Uri.HISTORY_UNAVAILABLE, `the subscription ${id} has no history`);
  }
  const events = fitting(selectEvents(history, query, caller), maxBytes);
  return { args: events.map((event) => told(event, subscription)) };
}

/**
 * The procedure `wamp.subscription.get_events`: one positional result for each event.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-event-history
 */
export function eventHistoryProcedure(context: MetaContext): BuiltIn {
  const { maxMessageSize } = context.limits;
  return (caller, args, kwargs) => {
    const subscription = subscriptionAt(context, args);
    const query = eventQuery(args[1], kwargs);
    const verdict = assertMayRead(caller, subscription);
    if (verdict instanceof Promise) return verdict.then(() => read(caller, subscription, query, maxMessageSize));
    return read(caller, subscription, query, maxMessageSize);
  };
}
