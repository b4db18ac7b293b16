import type { Sink } from '@pgwamp/core/internal/sources';
import type { PublishingSession } from '@pgwamp/core/internal/wamp';

/** A session as the sink of a pump. */
export function sessionSink(session: PublishingSession): Sink {
  return {
    publish: ({ options, topic, args, kwargs }) => session.publishText(options, topic, args, kwargs),
  };
}
