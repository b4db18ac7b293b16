import { Lost, Refused, SessionLostError, WampError } from '@pgwamp/core';
import type { Sink } from '@pgwamp/core/internal/pipeline';
import type { Publication } from '@pgwamp/core/internal/sources';
import type { PublishingSession } from '@pgwamp/core/internal/wamp';

/** A WAMP session as the sink of a pump. */
export function wampSink(session: PublishingSession): Sink<Publication> {
  return {
    send: ({ options, channel, args, kwargs }) => session.publishText(options, channel, args, kwargs),
    explain,
  };
}

/** Converts an error of the session to its meaning for the publication. */
function explain(error: unknown): unknown {
  if (error instanceof WampError) return new Refused('refused', error.message, { cause: error });
  if (error instanceof SessionLostError) return new Lost(error.message, error.blamesMessage, { cause: error });
  return error;
}
