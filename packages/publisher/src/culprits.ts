import { createHash } from 'node:crypto';
import type { WampError } from '@pgwamp/core';
import type { Outcomes, Publication, Sink } from '@pgwamp/core/internal/sources';

/** So many are remembered; more are found out once again. */
const most = 1000;

/**
 * Publications over which the router has ended a session. After that, whatever was not confirmed comes again, and with it a
 * publication that was kept as refused already, if others of its transaction are still to be delivered. Sent again, it
 * would end the next session too, and so for ever.
 */
export class Culprits {
  readonly #errors = new Map<string, WampError>();

  /** A sink that refuses them itself. */
  guard(sink: Sink): Sink {
    return {
      publish: (publication) => {
        const error = this.#errors.size > 0 ? this.#errors.get(keyOf(publication)) : undefined;
        return error ? Promise.reject(error) : sink.publish(publication);
      },
    };
  }

  /** Outcomes out of which they are learnt. */
  observe(outcomes: Outcomes): Outcomes {
    return {
      acknowledged: (publication, routerId) => outcomes.acknowledged(publication, routerId),
      refused: async (emission, error) => {
        await outcomes.refused(emission, error);
        if (emission.id !== undefined && error.error === 'wamp.error.protocol_violation') this.#learn(emission, error);
      },
    };
  }

  #learn(publication: Publication, error: WampError): void {
    const [oldest] = this.#errors.keys();
    if (oldest !== undefined && this.#errors.size >= most) this.#errors.delete(oldest);
    this.#errors.set(keyOf(publication), error);
  }
}

/** Not the number alone, which somebody who forges a publication could take of another one. */
function keyOf({ id, topic, options, args, kwargs }: Publication): string {
  const hash = createHash('sha256');
  for (const line of [id, topic, options, args, kwargs]) hash.update(line).update('\n');
  return hash.digest('base64');
}
