import type { Sink } from '@pgwamp/core/events';
import type { PublishingSession } from '@pgwamp/core/wamp';

/** A session as the sink of a pump. */
export function sessionSink(session: PublishingSession): Sink {
  return {
    publish: ({ options, topic, args, kwargs }) => session.publishText(options, topic, args, kwargs),
  };
}
