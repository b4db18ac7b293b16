import { Lost, Refused, SessionLostError, WampError } from '@pgwamp/core';
import type { Outcomes, Receipt, Sink } from '@pgwamp/core/internal/pipeline';
import type { Publication } from '@pgwamp/core/internal/sources';
import type { PublicationAnswer, PublishingSession } from '@pgwamp/core/internal/wamp';

/** A WAMP session as the sink of a pump. */
export function wampSink(session: PublishingSession): Sink<Publication> {
  return {
    send(publication, outcomes) {
      const { options, channel, args, kwargs } = publication;
      session.startPublication(options, channel, args, kwargs, new SinkAnswer(publication, outcomes));
    },
  };
}

/** Reports the answer of the router to the pump. */
class SinkAnswer implements PublicationAnswer {
  readonly #publication: Publication;
  readonly #outcomes: Outcomes<Publication>;

  constructor(publication: Publication, outcomes: Outcomes<Publication>) {
    this.#publication = publication;
    this.#outcomes = outcomes;
  }

  resolve(receipt: Receipt): void {
    this.#outcomes.accepted(this.#publication, receipt);
  }

  reject(error: unknown): void {
    this.#outcomes.failed(this.#publication, explained(error));
  }
}

/** Converts an error of the session to its meaning for the publication. */
function explained(error: unknown): unknown {
  if (error instanceof WampError) return new Refused('refused', error.message, { cause: error });
  if (error instanceof SessionLostError) return new Lost(error.message, error.blamesMessage, { cause: error });
  return error;
}
