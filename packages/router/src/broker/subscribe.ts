import { RequestError } from '../errors.ts';
import type { RequestHead } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Handler } from '../realm/handler.ts';
import type { Session } from '../session/session.ts';
import { Uri } from '../uris.ts';
import type { BrokerContext } from './broker.ts';

/**
 * Unknown options are to be ignored, but this one is known: a pattern taken for a topic would look like success and
 * never bring an event.
 */
function assertExact(match: unknown): void {
  if (match === undefined || match === 'exact') return;
  throw new RequestError(Uri.OPTION_NOT_ALLOWED, `match: only "exact" is supported, found ${JSON.stringify(match)}`);
}

function assertRoom({ subscriptions, limits }: BrokerContext, session: Session, topic: string): void {
  if (subscriptions.countOf(session) < limits.maxSubscriptions || subscriptions.isSubscribed(session, topic)) return;
  throw new RequestError(Uri.NOT_AUTHORIZED, `a session may have ${limits.maxSubscriptions} subscriptions`);
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-subscribe */
export function subscribe(context: BrokerContext): Handler {
  return (session, message) => {
    const [, request, options, topic] = message.elements as unknown as RequestHead;
    assertExact(options.match);
    context.uris.assertValid(topic);
    assertRoom(context, session, topic);
    const subscription = context.subscriptions.add(session, topic);
    session.send([MessageType.SUBSCRIBED, request, subscription.id]);
  };
}
