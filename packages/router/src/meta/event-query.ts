import type { Dict } from '@pgwamp/protocol';
import type { StoredEvent } from '../broker/event.ts';
import type { Session } from '../session/session.ts';
import { optionalBoolean, optionalCount, optionalId, optionalString, optionalTime } from './arguments.ts';

/** The filter of a history request: the keyword arguments of `wamp.subscription.get_events`. */
export interface EventQuery {
  readonly isReverse: boolean;
  readonly limit: number;
  readonly topic: string | undefined;
  /** The first and the last time, both included, in milliseconds since 1970. */
  readonly earliest: number;
  readonly latest: number;
  readonly fromPublication: number | undefined;
  readonly afterPublication: number | undefined;
  readonly beforePublication: number | undefined;
  readonly untilPublication: number | undefined;
}

function timesFrom(kwargs: Dict): { earliest: number; latest: number } {
  const time = (name: string, otherwise: number) => optionalTime(kwargs[name], name) ?? otherwise;
  const [first, last] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return {
    earliest: Math.max(time('from_time', first), time('after_time', first) + 1),
    latest: Math.min(time('until_time', last), time('before_time', last) - 1),
  };
}

/**
 * @param limit the second positional argument, which Crossbar.io also supports
 * @throws RequestError `wamp.error.invalid_argument`
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pubsub-event-history
 */
export function eventQuery(limit: unknown, kwargs: Dict): EventQuery {
  const publication = (name: string) => optionalId(kwargs[name], name);
  return {
    ...timesFrom(kwargs),
    isReverse: optionalBoolean(kwargs.reverse, 'reverse') ?? false,
    limit: optionalCount(kwargs.limit ?? limit, 'limit') ?? Number.POSITIVE_INFINITY,
    topic: optionalString(kwargs.topic, 'topic'),
    fromPublication: publication('from_publication'),
    afterPublication: publication('after_publication'),
    beforePublication: publication('before_publication'),
    untilPublication: publication('until_publication'),
  };
}

/** The index of a publication, or the index after it. A publication that is missing counts as older than all others. */
function indexOf(events: readonly StoredEvent[], publication: number, isBehind: boolean): number {
  const index = events.findIndex(({ id }) => id === publication);
  return index >= 0 && isBehind ? index + 1 : Math.max(index, 0);
}

function betweenPublications(events: readonly StoredEvent[], query: EventQuery): readonly StoredEvent[] {
  const { fromPublication, afterPublication, beforePublication, untilPublication } = query;
  let [start, end] = [0, events.length];
  if (fromPublication !== undefined) start = indexOf(events, fromPublication, false);
  if (afterPublication !== undefined) start = Math.max(start, indexOf(events, afterPublication, true));
  if (beforePublication !== undefined) end = indexOf(events, beforePublication, false);
  if (untilPublication !== undefined) end = Math.min(end, indexOf(events, untilPublication, true));
  return events.slice(start, Math.max(start, end));
}

/** Selects the events that match the query and that the session may see, in the requested order. */
export function selectEvents(history: Iterable<StoredEvent>, query: EventQuery, session: Session): StoredEvent[] {
  const events = betweenPublications([...history], query).filter(
    ({ time, topic, lastingAudience }) =>
      time >= query.earliest &&
      time <= query.latest &&
      (query.topic === undefined || topic === query.topic) &&
      lastingAudience(session),
  );
  return (query.isReverse ? events.reverse() : events).slice(0, query.limit);
}
